#include "tests/controller/codec/random_spec.hpp"

#include <array>
#include <limits>

namespace fairway {
namespace {

class Dice {
public:
    explicit Dice(std::mt19937& random) : random_(random) {}

    int below(int count) { return std::uniform_int_distribution(0, count - 1)(random_); }
    bool coin() { return below(2) == 0; }
    int number() {
        constexpr std::array edges{
            0, 1, -1, 22, 65535, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()};
        return coin() ? below(100000)
                      : edges[static_cast<std::size_t>(below(static_cast<int>(edges.size())))];
    }
    std::string text() {
        static const std::array<std::string, 8> words{
            "",
            "test",
            "192.168.0.5",
            "渠道",
            "a \"quoted\" \\ text\n\t",
            std::string("a\0b", 3),
            "\x01",
            "\xF0\x9F\x9A\xA2 afloat"};
        return words[static_cast<std::size_t>(below(static_cast<int>(words.size())))];
    }
    template <class Enum>
    Enum one_of(Enum first, int count) {
        return static_cast<Enum>(static_cast<int>(first) + below(count));
    }
    template <class Make>
    auto maybe(Make make) -> std::optional<decltype(make())> {
        if (coin()) return std::nullopt;
        return make();
    }
    template <class Make>
    auto some(Make make) {
        std::vector<decltype(make())> list;
        for (int i = below(4); i > 0; --i) list.push_back(make());
        return list;
    }
    std::optional<std::string> maybe_text() {
        return maybe([this] { return text(); });
    }
    std::optional<int> maybe_number() {
        return maybe([this] { return number(); });
    }
    std::optional<bool> maybe_flag() {
        return maybe([this] { return coin(); });
    }
    std::optional<AdminStatus> maybe_status() {
        return maybe([this] { return one_of(AdminStatus::available, 2); });
    }

    MemberGroup group() {
        MemberGroup group;
        group.member_group_name = text();
        group.member_group_remark = maybe_text();
        group.member_group_weight = maybe_number();
        group.dict_code = maybe_text();
        group.microservice_version = maybe_text();
        group.microservice_port = maybe_number();
        group.microservice_labels = maybe([this] {
            return some([this] { return MicroserviceLabel{text(), text()}; });
        });
        group.reference_vpc_channel_id = maybe_text();
        return group;
    }
    Member member() {
        Member member;
        member.host = maybe_text();
        member.weight = maybe_number();
        member.is_backup = maybe_flag();
        member.member_group_name = maybe_text();
        member.status = maybe_status();
        member.port = maybe_number();
        member.ecs_id = maybe_text();
        member.ecs_name = maybe_text();
        return member;
    }
    HealthCheck health() {
        HealthCheck health;
        health.protocol = one_of(HealthProtocol::tcp, 3);
        health.path = maybe_text();
        health.method = maybe([this] { return one_of(HealthMethod::get, 2); });
        health.port = maybe_number();
        health.threshold_normal = number();
        health.threshold_abnormal = number();
        health.time_interval = number();
        health.timeout = number();
        health.http_code = maybe_text();
        health.enable_client_ssl = maybe_flag();
        health.status = maybe_status();
        return health;
    }
    MicroserviceInfo microservice() {
        MicroserviceInfo info;
        info.service_type = maybe([this] { return one_of(ServiceType::cse, 4); });
        info.cse_info = maybe([this] { return CseInfo{text(), text()}; });
        info.cce_info = maybe([this] {
            return CceInfo{text(),       text(),       one_of(WorkloadType::deployment, 3),
                           maybe_text(), maybe_text(), maybe_text()};
        });
        info.cce_service_info = maybe([this] { return CceServiceInfo{text(), text(), text()}; });
        info.nacos_info = maybe([this] {
            NacosInfo nacos;
            nacos.namespace_ = maybe_text();
            nacos.cluster_name = maybe_text();
            nacos.group_name = maybe_text();
            nacos.service_name = text();
            nacos.server_config = some([this] { return NacosServer{text(), number(), maybe_number()}; });
            nacos.user_name = text();
            nacos.password_secret = text();
            return nacos;
        });
        return info;
    }

private:
    std::mt19937& random_;
};

}  // namespace

ChannelSpec random_spec(std::mt19937& random) {
    Dice dice(random);
    ChannelSpec spec;
    spec.port = dice.number();
    spec.balance_strategy = dice.maybe([&] { return dice.one_of(BalanceStrategy::wrr, 4); });
    spec.member_type = dice.maybe([&] { return dice.one_of(MemberType::ip, 2); });
    spec.type = dice.maybe_number();
    spec.vpc_channel_type = dice.maybe([&] { return dice.one_of(ChannelType::builtin, 3); });
    spec.dict_code = dice.maybe_text();
    spec.member_groups = dice.maybe([&] { return dice.some([&] { return dice.group(); }); });
    spec.members = dice.maybe([&] { return dice.some([&] { return dice.member(); }); });
    spec.vpc_health_config = dice.maybe([&] { return dice.health(); });
    spec.microservice_info = dice.maybe([&] { return dice.microservice(); });
    spec.instance_ids = dice.some([&] { return dice.text(); });
    return spec;
}

InstanceChannel random_row(std::mt19937& random) {
    Dice dice(random);
    InstanceChannel row;
    row.instance = dice.text();
    row.instance_name = dice.text();
    row.name = dice.text();
    row.id = dice.text();
    row.create_time = dice.maybe([&] {
        return WallTime(Duration(1'700'000'000'000'000 + dice.below(2'000'000'000)));
    });
    row.status = dice.maybe([&] { return dice.one_of(ChannelStatus::normal, 2); });
    row.spec = random_spec(random);
    row.members_known = dice.coin();
    row.health_known = dice.coin();
    row.group_facts = dice.some([&] { return GroupFacts{dice.text(), dice.text(), dice.text()}; });
    row.member_facts = dice.some([&] {
        return MemberFacts{
            dice.text(), dice.text(), dice.text(), dice.text(), dice.one_of(HealthStatus::unknown, 3)};
    });
    row.health_facts = {dice.text(), dice.text(), dice.text()};
    row.microservice_facts = {dice.text(), dice.text(), dice.text(), dice.text(), dice.text(),
                              dice.text(), dice.text(), dice.text(), dice.text(), dice.text()};
    return row;
}

}  // namespace fairway
