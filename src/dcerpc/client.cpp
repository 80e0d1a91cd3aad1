// SPDX-License-Identifier: Apache-2.0
#include "dcerpc/client.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pinhole::dcerpc {

void ClientActions::clear() {
  accepted.reset();
  refused.reset();
  replies.clear();
  close.clear();
}

void ClientAssociation::bind(std::vector<ContextElement> contexts, AssocGroupId group, Bytes& out) {
  Bind bind;
  bind.max_transmit = limits_.max_fragment;
  bind.max_receive = limits_.max_fragment;
  bind.group = group;
  bind.contexts = std::move(contexts);
  encode_bind(out, bound_ ? PacketType::alter_context : PacketType::bind, {++last_call_},
              flags::kConcurrentMultiplexing, bind);
}

CallId ClientAssociation::request(ContextId context, Opnum opnum, const std::optional<Uuid>& object,
                                  ByteView stub, Bytes& out) {
  const CallId call{++last_call_};
  Request request;
  request.context = context;
  request.opnum = opnum;
  request.object = object;
  request.stub = stub;
  encode_request(out, call, request, max_send_);
  pending_.push_back({call, false, {}});
  return call;
}

void ClientAssociation::on_bytes(ByteView bytes, ClientActions& actions) {
  if (closed_) {
    return;
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  std::size_t used = 0;
  while (!closed_) {
    const Framed framed = frame(ByteView(buffer_).subspan(used), 65535);
    if (std::holds_alternative<NeedMore>(framed)) {
      break;
    }
    if (const auto* error = std::get_if<WireError>(&framed)) {
      end(fmt::format("no DCE/RPC: {}", to_string(*error)), actions);
      break;
    }
    const auto& fragment = std::get<Fragment>(framed);
    used += fragment.header.fragment_length;
    on_fragment(fragment, actions);
  }
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used));
}

void ClientAssociation::on_fragment(const Fragment& fragment, ClientActions& actions) {
  switch (fragment.header.type) {
    case PacketType::bind_ack:
    case PacketType::alter_context_resp: {
      auto ack = decode_bind_ack(fragment);
      if (!ack) {
        end(fmt::format("malformed {}: {}", to_string(fragment.header.type),
                        to_string(ack.error())),
            actions);
        return;
      }
      bound_ = true;
      group_ = ack->group;
      max_send_ = std::clamp(ack->max_receive, kMustReceive, limits_.max_fragment);
      actions.accepted = std::move(*ack);
      return;
    }
    case PacketType::bind_nak: {
      auto nak = decode_bind_nak(fragment);
      if (!nak) {
        end(fmt::format("malformed bind_nak: {}", to_string(nak.error())), actions);
        return;
      }
      actions.refused = std::move(*nak);
      return;
    }
    case PacketType::response:
    case PacketType::fault:
      on_response(fragment, actions);
      return;
    case PacketType::shutdown:
      end("the server shuts the association down", actions);
      return;
    case PacketType::request:
    case PacketType::bind:
    case PacketType::alter_context:
    case PacketType::auth3:
    case PacketType::co_cancel:
    case PacketType::orphaned:
      break;
  }
  end(fmt::format("an unexpected {}", to_string(fragment.header.type)), actions);
}

void ClientAssociation::on_response(const Fragment& fragment, ClientActions& actions) {
  const Header& header = fragment.header;
  const auto pending = find(header.call);
  if (pending == pending_.end()) {
    end(fmt::format("a reply to call {}, which is not under way", header.call.value), actions);
    return;
  }
  if (header.type == PacketType::fault) {
    const auto fault = decode_fault(fragment);
    if (!fault) {
      end(fmt::format("malformed fault: {}", to_string(fault.error())), actions);
      return;
    }
    pending_.erase(pending);
    actions.replies.push_back({header.call, fault->status, header.order, {}});
    return;
  }
  const auto response = decode_response(fragment);
  const bool first = (header.flags & flags::kFirstFragment) != 0;
  if (!response || first == pending->begun) {
    end(response ? "response fragments out of order" : "malformed response", actions);
    return;
  }
  if (pending->stub.size() + response->stub.size() > limits_.max_reply) {
    end("a reply longer than the limit", actions);
    return;
  }
  pending->begun = true;
  pending->stub.insert(pending->stub.end(), response->stub.begin(), response->stub.end());
  if ((header.flags & flags::kLastFragment) != 0) {
    Reply reply{header.call, 0, header.order, std::move(pending->stub)};
    pending_.erase(pending);
    actions.replies.push_back(std::move(reply));
  }
}

void ClientAssociation::end(std::string why, ClientActions& actions) {
  actions.close = std::move(why);
  closed_ = true;
}

std::vector<ClientAssociation::Pending>::iterator ClientAssociation::find(CallId call) {
  return std::ranges::find_if(pending_, [&](const Pending& each) { return each.call == call; });
}

}  // namespace pinhole::dcerpc
