// SPDX-License-Identifier: Apache-2.0
#include "snapshot/dump_diff.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

namespace pinhole::snapshot {
namespace {

/// The server, as a client sees it: what has this in common is the same thing elsewhere.
using Identity =
    std::tuple<Uuid, std::optional<std::pair<std::uint16_t, std::uint16_t>>, Uuid, std::string>;
using Entries = std::vector<const DumpedEntry*>;

Identity identity_of(const DumpedEntry& entry) {
  const auto& version = entry.version;
  return {entry.interface,
          version ? std::optional(std::pair(version->major, version->minor)) : std::nullopt,
          entry.object, entry.protocol_sequence};
}

std::map<Identity, Entries> by_identity(const DumpedTarget& target) {
  std::map<Identity, Entries> found;
  for (const DumpedEntry& entry : target.entries) {
    found[identity_of(entry)].push_back(&entry);
  }
  return found;
}

using Place = std::pair<std::string_view, std::string_view>;

Place place_of(const DumpedEntry& entry) {
  return {entry.address, entry.endpoint};
}

class Comparison {
 public:
  explicit Comparison(std::vector<DumpDifference>& differences) : differences_(&differences) {}

  void entries(const DumpedTarget& before, const DumpedTarget& after) {
    auto earlier = by_identity(before);
    auto later = by_identity(after);
    for (auto& [identity, entries] : later) {
      alike(after.target, earlier[identity], entries);
    }
    for (const auto& [identity, entries] : earlier) {
      if (!later.contains(identity)) {
        alike(after.target, entries, {});
      }
    }
  }

  void whole(DumpChange change, const DumpedTarget& target, std::string error = {}) {
    differences_->push_back({change, target.target, {}, {}, std::move(error)});
  }

 private:
  /// The entries of one identity: pairs at the same place first, then in their order.
  void alike(const std::string& target, Entries earlier, Entries later) {
    std::map<Place, std::vector<std::size_t>> places;
    for (std::size_t i = earlier.size(); i-- > 0;) {
      places[place_of(*earlier[i])].push_back(i);
    }
    std::erase_if(later, [&](const DumpedEntry* entry) {
      const auto at = places.find(place_of(*entry));
      if (at == places.end() || at->second.empty()) {
        return false;
      }
      const DumpedEntry& was = *std::exchange(earlier[at->second.back()], nullptr);
      at->second.pop_back();
      if (was.alive && entry->alive && *was.alive != *entry->alive) {
        differences_->push_back(
            {*entry->alive ? DumpChange::answers : DumpChange::silent, target, was, *entry, {}});
      }
      return true;
    });
    std::erase(earlier, nullptr);
    for (std::size_t i = 0; i < std::max(earlier.size(), later.size()); ++i) {
      const bool was = i < earlier.size();
      const bool is = i < later.size();
      differences_->push_back({was && is ? DumpChange::moved
                               : was     ? DumpChange::gone
                                         : DumpChange::added,
                               target,
                               was ? std::optional(*earlier[i]) : std::nullopt,
                               is ? std::optional(*later[i]) : std::nullopt,
                               {}});
    }
  }

  std::vector<DumpDifference>* differences_;
};

}  // namespace

std::string_view to_string(DumpChange change) {
  constexpr std::array<std::string_view, 9> kWords{
      "added",     "gone",      "moved", "no longer answers", "answers again", "first asked",
      "not asked", "no answer", "back"};
  return kWords[static_cast<std::size_t>(change)];
}

std::vector<DumpDifference> compare_dumps(const std::vector<DumpedTarget>& before,
                                          const std::vector<DumpedTarget>& after) {
  std::vector<DumpDifference> differences;
  Comparison comparison(differences);
  for (const DumpedTarget& target : after) {
    const auto at = std::ranges::find(before, target.target, &DumpedTarget::target);
    if (at == before.end()) {
      comparison.whole(DumpChange::asked, target);
      continue;
    }
    const DumpedTarget& earlier = *at;
    if (target.error && !earlier.error) {
      comparison.whole(DumpChange::failed, target, *target.error);
    } else if (!target.error && earlier.error) {
      comparison.whole(DumpChange::back, target, *earlier.error);
    } else if (!target.error) {
      comparison.entries(earlier, target);
    }
  }
  for (const DumpedTarget& target : before) {
    if (std::ranges::find(after, target.target, &DumpedTarget::target) == after.end()) {
      comparison.whole(DumpChange::not_asked, target);
    }
  }
  return differences;
}

}  // namespace pinhole::snapshot
