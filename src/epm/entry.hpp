// SPDX-License-Identifier: Apache-2.0
#pragma once
// One entry of the endpoint map (C706 appendix O, ept_entry_t), with what its tower says.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/uuid.hpp"
#include "dcerpc/syntax.hpp"
#include "epm/protocol_sequence.hpp"
#include "epm/status.hpp"
#include "epm/tower.hpp"

namespace pinhole::epm {

/// ept_max_annotation_size is 64 with the terminating zero.
inline constexpr std::size_t kMaxAnnotation = 63;

/// Who registered an entry: a connection, or whatever the caller counts as one.
using OwnerId = StrongId<struct OwnerIdTag, std::uint64_t>;

struct Entry {
  Uuid object;  // nil: registered for every object
  Bytes tower;
  std::string annotation;
  OwnerId owner;
  std::uint64_t sequence_number = 0;  // from 1, rising with every insertion, never used twice

  // What the tower says, read once.
  dcerpc::SyntaxId interface;
  dcerpc::SyntaxId transfer_syntax;
  ProtocolSequence sequence = ProtocolSequence::unknown;
  std::string protocol_ids;
  std::string endpoint;
  std::optional<std::uint16_t> port;
  std::optional<std::uint16_t> ipv4_offset;  // of the host's address in `tower`
};

/// Reads the tower. Fails with invalid_entry where it cannot be read (a nil interface UUID can) or
/// the annotation is too long.
[[nodiscard]] Expected<Entry, EptStatus> make_entry(const Uuid& object, ByteView tower,
                                                    std::string_view annotation);

}  // namespace pinhole::epm
