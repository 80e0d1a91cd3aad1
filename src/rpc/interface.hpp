// SPDX-License-Identifier: Apache-2.0
#pragma once
// An interface as a table of typed operations.
//
// An operation is a type with `opnum`, `name`, and `In` and `Out`, each of which describes its own
// layout once for both directions:
//
//   struct EptLookupHandleFree {
//     static constexpr std::uint16_t opnum = 4;
//     static constexpr std::string_view name = "ept_lookup_handle_free";
//     struct In { template <class C, class S> static void ndr(C& c, S& self); ... };
//     struct Out { ... };
//   };
//
// An implementation is a callable from In to Out or a fault; it never touches bytes. The client's
// half (`call.hpp`) uses the same type.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/ids.hpp"
#include "dcerpc/server.hpp"
#include "dcerpc/status.hpp"
#include "ndr/cursor.hpp"

namespace pinhole::rpc {

/// What a call is answered with instead of a result; a protocol value (dcerpc/status.hpp).
struct Fault {
  std::uint32_t status = dcerpc::status::kUnspecified;
  friend bool operator==(const Fault&, const Fault&) = default;
};

template <class T>
using Outcome = Expected<T, Fault>;

/// Who calls, and in which association group.
struct CallContext {
  const dcerpc::Peer& peer;
  const std::shared_ptr<dcerpc::AssociationGroup>& group;
  std::optional<Uuid> object;
};

/// Where the answer of a call goes that is not answered at once. May be called from any thread,
/// once; the association may be gone by then.
using Completion = std::function<void(Outcome<Bytes>)>;

/// Answers a deferred call of operation Op. Destroyed unanswered, the call faults.
template <class Op>
class Responder {
 public:
  Responder(Completion completion, ndr::Format format)
      : completion_(std::move(completion)), format_(format) {}
  Responder(Responder&& other) noexcept
      : completion_(std::exchange(other.completion_, nullptr)), format_(other.format_) {}
  Responder& operator=(Responder&&) = delete;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder() {
    if (completion_) {
      completion_(tl::unexpected(Fault{dcerpc::status::kCancelled}));
    }
  }

  void answer(const typename Op::Out& out) {
    Bytes stub;
    ndr::Writer writer(stub, format_);
    Op::Out::ndr(writer, out);
    std::exchange(completion_, nullptr)(std::move(stub));
  }
  void fault(Fault fault) { std::exchange(completion_, nullptr)(tl::unexpected(fault)); }

 private:
  Completion completion_;
  ndr::Format format_;
};

/// How a call ended as far as the table knows.
enum class Done : std::uint8_t { answered, deferred };

class Interface {
 public:
  explicit Interface(dcerpc::SyntaxId id, std::string annotation = {})
      : id_(id), annotation_(std::move(annotation)) {}
  Interface(const Interface&) = delete;
  Interface& operator=(const Interface&) = delete;

  [[nodiscard]] const dcerpc::SyntaxId& id() const { return id_; }
  [[nodiscard]] const std::string& annotation() const { return annotation_; }
  /// Whether an operation of this number is implemented.
  [[nodiscard]] bool implements(Opnum opnum) const {
    return opnum.value < operations_.size() && operations_[opnum.value] != nullptr;
  }

  /// Restricts the interface to calls on these objects; others fault (object not found). Without
  /// it an object UUID in a request is passed to the operation unexamined.
  void serve_only(std::vector<Uuid> objects) { objects_ = std::move(objects); }

  /// `handler(const CallContext&, Op::In&) -> Outcome<Op::Out>`; may run on several threads.
  template <class Op, class Handler>
  void serve(Handler handler) {
    add(Op::opnum,
        [handler = std::move(handler)](const CallContext& context, ndr::Reader& in,
                                       ndr::Writer& out, const DeferFactory&) -> Outcome<Done> {
          typename Op::In arguments;
          Op::In::ndr(in, arguments);
          if (!in.ok()) {
            return tl::unexpected(Fault{dcerpc::status::kBadStubData});
          }
          const Outcome<typename Op::Out> result = handler(context, arguments);
          if (!result) {
            return tl::unexpected(result.error());
          }
          Op::Out::ndr(out, *result);
          return Done::answered;
        });
  }

  /// `handler(const CallContext&, Op::In&, Responder<Op>)`: answers when it likes.
  template <class Op, class Handler>
  void serve_deferred(Handler handler) {
    add(Op::opnum,
        [handler = std::move(handler)](const CallContext& context, ndr::Reader& in,
                                       ndr::Writer& /*out*/,
                                       const DeferFactory& defer) -> Outcome<Done> {
          typename Op::In arguments;
          Op::In::ndr(in, arguments);
          if (!in.ok()) {
            return tl::unexpected(Fault{dcerpc::status::kBadStubData});
          }
          const auto [completion, format] = defer();
          handler(context, arguments, Responder<Op>(completion, format));
          return Done::deferred;
        });
  }

  using DeferFactory = std::function<std::pair<Completion, ndr::Format>()>;
  using Operation = std::function<Outcome<Done>(const CallContext&, ndr::Reader&, ndr::Writer&,
                                                const DeferFactory&)>;

  /// Runs one operation: faults with op_rng_error when there is none of that number.
  Outcome<Done> run(Opnum opnum, const CallContext& context, ndr::Reader& in, ndr::Writer& out,
                    const DeferFactory& defer) const;

 private:
  void add(std::uint16_t opnum, Operation operation);

  const dcerpc::SyntaxId id_;
  const std::string annotation_;
  std::vector<Operation> operations_;
  std::vector<Uuid> objects_;
};

}  // namespace pinhole::rpc
