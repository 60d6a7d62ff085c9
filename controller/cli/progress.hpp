#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "reconciler/engine/reconciler.hpp"

namespace fairway {

/// Tells on stderr how far an apply has come: a line that moves on a terminal, plain lines elsewhere.
class Progress {
public:
    explicit Progress(bool terminal) : terminal_(terminal) {}
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { clear(); }

    void expect(std::size_t channels) { expected_ = channels; }
    void tell(const ChannelKey& key, const PassReport& report);
    /// Takes the moving line away, for what is printed next.
    void clear();

private:
    void draw(const std::string& now) const;

    bool terminal_;
    std::size_t expected_ = 0;
    std::set<ChannelKey> done_;
};

}  // namespace fairway
