// SPDX-License-Identifier: Apache-2.0
#include "probe/rpc.hpp"

#include <fmt/format.h>

#include "dcerpc/client.hpp"
#include "dcerpc/status.hpp"
#include "ndr/cursor.hpp"
#include "probe/lines.hpp"
#include "rpc/mgmt.hpp"

namespace pinhole::probe {
namespace {

using rpc::mgmt::InqIfIds;

constexpr std::string_view kBanner = "ncacn_http/1.0";
constexpr std::size_t kMostShown = 64;  // interfaces

class Rpc : public Talk {
 public:
  Rpc(std::optional<dcerpc::SyntaxId> interface, bool http)
      : interface_(interface), banner_due_(http) {}

  Step start() override { return banner_due_ ? Step{} : bind(); }

  Step on_bytes(ByteView in) override {
    Step step;
    if (banner_due_) {
      held_.insert(held_.end(), in.begin(), in.end());
      const std::string_view held = text_of(held_);
      if (!held.starts_with(kBanner.substr(0, held.size()))) {
        return held.starts_with(kBanner) ? begin_behind_banner() : done();
      }
      return held == kBanner ? begin_behind_banner() : Step{};
    }
    dcerpc::ClientActions actions;
    association_.on_bytes(in, actions);
    return on_actions(actions);
  }

 private:
  enum class State : std::uint8_t { binding, management, call };

  Step begin_behind_banner() {
    banner_due_ = false;
    fact("banner", std::string(kBanner));
    Step step = bind();
    if (held_.size() > kBanner.size()) {
      Step more = on_bytes(ByteView(held_).subspan(kBanner.size()));
      step.send.insert(step.send.end(), more.send.begin(), more.send.end());
      step.then = more.then;
    }
    return step;
  }

  Step bind() {
    state_ = interface_ ? State::binding : State::management;
    return propose(interface_.value_or(dcerpc::kManagement));
  }

  Step propose(const dcerpc::SyntaxId& interface) {
    Step step;
    current_ = ContextId{contexts_++};
    association_.bind({{current_, interface, {dcerpc::kNdr32}}}, {}, step.send);
    return step;
  }

  Step on_actions(const dcerpc::ClientActions& actions) {
    if (actions.refused) {
      finding_.said = "an RPC server that refuses the bind";
      return done();
    }
    if (actions.accepted) {
      return on_accepted(*actions.accepted);
    }
    if (!actions.replies.empty()) {
      on_reply(actions.replies.front());
      return done();
    }
    return actions.close.empty() ? Step{} : done();
  }

  Step on_accepted(const dcerpc::BindAck& ack) {
    const bool taken =
        !ack.answers.empty() && ack.answers.front().result == dcerpc::ContextResult::acceptance;
    if (state_ == State::binding) {
      finding_.speaks = taken;
      const std::string name = interface_ ? to_string(*interface_) : "mgmt";
      finding_.said = taken ? "bound " + name : "an RPC server without " + name;
      fact("bind", taken ? "accepted" : "refused");
      if (!association_.bound()) {
        return done();
      }
      state_ = State::management;
      return propose(dcerpc::kManagement);
    }
    if (state_ != State::management) {
      return done();
    }
    if (!interface_) {
      finding_.speaks = true;
      finding_.said = "an RPC server";
    }
    if (!taken) {
      fact("mgmt", "refused");
      return done();
    }
    state_ = State::call;
    Step step;
    association_.request(current_, {InqIfIds::opnum}, std::nullopt, {}, step.send);
    return step;
  }

  void on_reply(const dcerpc::Reply& reply) {
    if (reply.fault != 0) {
      fact("mgmt", dcerpc::status::describe(reply.fault));
      return;
    }
    ndr::Reader reader(reply.stub, {reply.order, ndr::Syntax::ndr32});
    InqIfIds::Out out;
    InqIfIds::Out::ndr(reader, out);
    if (!reader.ok()) {
      fact("mgmt", "an answer that does not decode");
      return;
    }
    std::vector<std::string> ids;
    for (const dcerpc::SyntaxId& id : out.ids) {
      if (ids.size() == kMostShown) {
        break;
      }
      ids.push_back(to_string(id));
    }
    fact("interface-count", std::to_string(out.ids.size()));
    fact("interfaces", join(ids, "; "));
  }

  std::optional<dcerpc::SyntaxId> interface_;
  bool banner_due_;
  State state_ = State::binding;
  Bytes held_;
  std::uint16_t contexts_ = 0;
  ContextId current_;
  dcerpc::ClientAssociation association_{{.max_fragment = 5840, .max_reply = kMostHeard}};
};

}  // namespace

TalkPointer make_rpc(const Context& context, bool http) {
  return std::make_unique<Rpc>(context.interface, http);
}

}  // namespace pinhole::probe
