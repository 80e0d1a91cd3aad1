// SPDX-License-Identifier: Apache-2.0
#include "epm/entry_list.hpp"

#include <algorithm>

namespace pinhole::epm {

std::size_t EntryList::chunk_after(std::uint64_t after) const {
  const auto at = std::ranges::upper_bound(
      chunks_, after, {},
      [](const std::shared_ptr<Chunk>& chunk) { return chunk->entries.back()->sequence_number; });
  return static_cast<std::size_t>(at - chunks_.begin());
}

std::size_t EntryList::position_after(const Chunk& chunk, std::uint64_t after) {
  const auto at = std::ranges::upper_bound(
      chunk.entries, after, {}, [](const EntryPointer& entry) { return entry->sequence_number; });
  return static_cast<std::size_t>(at - chunk.entries.begin());
}

EntryList::Chunk& EntryList::own(std::size_t index, EditNumber edit) {
  std::shared_ptr<Chunk>& chunk = chunks_[index];
  if (chunk->edit != edit) {
    auto copy = std::make_shared<Chunk>(*chunk);
    copy->edit = edit;
    chunk = std::move(copy);
  }
  return *chunk;
}

void EntryList::append(EntryPointer entry, EditNumber edit) {
  if (chunks_.empty() || chunks_.back()->entries.size() >= kChunk) {
    chunks_.push_back(std::make_shared<Chunk>(Chunk{edit, {}}));
  }
  own(chunks_.size() - 1, edit).entries.push_back(std::move(entry));
  ++size_;
}

void EntryList::erase(std::uint64_t sequence_number, EditNumber edit) {
  if (sequence_number == 0) {
    return;
  }
  const std::size_t index = chunk_after(sequence_number - 1);
  if (index == chunks_.size()) {
    return;
  }
  const std::size_t at = position_after(*chunks_[index], sequence_number - 1);
  if (chunks_[index]->entries[at]->sequence_number != sequence_number) {
    return;
  }
  --size_;
  if (chunks_[index]->entries.size() == 1) {
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(index));
    return;
  }
  Chunk& chunk = own(index, edit);
  chunk.entries.erase(chunk.entries.begin() + static_cast<std::ptrdiff_t>(at));
  merge_with_next(index, edit);
  if (index > 0) {
    merge_with_next(index - 1, edit);
  }
}

// Two neighbours never hold less than half a chunk together: the list of chunks stays short under
// any mix of insertions and removals.
void EntryList::merge_with_next(std::size_t index, EditNumber edit) {
  if (index + 1 >= chunks_.size() ||
      chunks_[index]->entries.size() + chunks_[index + 1]->entries.size() > kChunk / 2) {
    return;
  }
  Chunk& chunk = own(index, edit);
  const Chunk& next = *chunks_[index + 1];
  chunk.entries.insert(chunk.entries.end(), next.entries.begin(), next.entries.end());
  chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(index) + 1);
}

}  // namespace pinhole::epm
