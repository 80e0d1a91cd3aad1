// SPDX-License-Identifier: Apache-2.0
#pragma once
// Entries in the order of their sequence numbers, in chunks that several lists share. A change
// copies the chunk that it touches and the list of chunks, never the entries.
//
// Edits are numbered: what the same edit made is not yet seen by others and is changed in place.

#include <cstdint>
#include <memory>
#include <vector>

#include "epm/entry.hpp"

namespace pinhole::epm {

using EntryPointer = std::shared_ptr<const Entry>;
using EditNumber = std::uint64_t;

class EntryList {
 public:
  static constexpr std::size_t kChunk = 512;

  /// `entry` has a higher sequence number than all before it.
  void append(EntryPointer entry, EditNumber edit);
  /// Removes the entry of that number; nothing happens where there is none.
  void erase(std::uint64_t sequence_number, EditNumber edit);

  [[nodiscard]] bool empty() const { return chunks_.empty(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t chunk_count() const { return chunks_.size(); }

  /// Calls `visit(const Entry&)` for each entry with a number above `after`, in order, for as long
  /// as it returns true.
  template <class Visit>
  void each_after(std::uint64_t after, Visit&& visit) const {
    std::size_t chunk = chunk_after(after);
    std::size_t at = chunk < chunks_.size() ? position_after(*chunks_[chunk], after) : 0;
    for (; chunk < chunks_.size(); ++chunk, at = 0) {
      for (const std::vector<EntryPointer>& entries = chunks_[chunk]->entries; at < entries.size();
           ++at) {
        if (!visit(*entries[at])) {
          return;
        }
      }
    }
  }

  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& chunk : chunks_) {
      for (const EntryPointer& entry : chunk->entries) {
        visit(entry);
      }
    }
  }

 private:
  struct Chunk {
    EditNumber edit = 0;
    std::vector<EntryPointer> entries;  // never empty in a list
  };

  /// The first chunk that holds a number above `after`.
  [[nodiscard]] std::size_t chunk_after(std::uint64_t after) const;
  [[nodiscard]] static std::size_t position_after(const Chunk& chunk, std::uint64_t after);
  /// The chunk at `index`, made this edit's own.
  Chunk& own(std::size_t index, EditNumber edit);
  void merge_with_next(std::size_t index, EditNumber edit);

  std::vector<std::shared_ptr<Chunk>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace pinhole::epm
