// SPDX-License-Identifier: Apache-2.0
#include "plan/flows.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "plan/flow_ends.hpp"
#include "plan/flow_maker.hpp"
#include "plan/paths.hpp"

namespace pinhole::plan {
namespace {

bool make_for_client(FlowMaker& maker, Party from, Party to) {
  const ClientGroup& client = maker.topology().clients[from.index];
  switch (client.kind) {
    case ClientKind::mapi:
      return make_mapi(maker, from, to);
    case ClientKind::outlook_anywhere:
      return make_outlook_anywhere(maker, from, to);
    case ClientKind::administration:
      return make_administration(maker, from, to);
    case ClientKind::mta_partner:
      return make_x400(maker, from, to);
    case ClientKind::iorepl_publisher:
      return make_iorepl(maker, from, to, "F39");
    case ClientKind::iorepl_subscriber:
      return make_iorepl(maker, from, to, "F40");
    case ClientKind::front_end:
      return make_front_end(maker, from, to);
    case ClientKind::internet_mail:
      return make_internet_mail(maker, from, to);
    case ClientKind::domain_controller:
      return make_domain_replication(maker, from, to);
    case ClientKind::domain_member:
      return make_domain_member(maker, from, to);
    case ClientKind::pop3:
    case ClientKind::imap4:
    case ClientKind::smtp:
    case ClientKind::nntp:
    case ClientKind::ldap:
    case ClientKind::web:
      return make_protocol(maker, from, to, client);
  }
  return false;
}

bool make_for_purpose(FlowMaker& maker, Party from, Party to, Purpose purpose, bool same_site) {
  switch (purpose) {
    case Purpose::mail_transfer:
      return make_mail_transfer(maker, from, to);
    case Purpose::x400:
      return make_x400(maker, from, to);
    case Purpose::mta_rpc:
      return make_mta_rpc(maker, from, to, same_site);
    case Purpose::directory_replication:
      return make_directory_replication(maker, from, to);
    case Purpose::domain_replication:
      return make_domain_replication(maker, from, to);
    case Purpose::domain_member:
      return make_domain_member(maker, from, to);
    case Purpose::front_end:
      return make_front_end(maker, from, to);
    case Purpose::rpc_proxy:
      return make_rpc_proxy(maker, from, to);
    case Purpose::mapi:
      return make_mapi(maker, from, to);
    case Purpose::administration:
      return make_administration(maker, from, to);
    case Purpose::dns:
      return make_dns(maker, from, to);
    case Purpose::certificate_enrolment:
      return make_certificate_enrolment(maker, from, to);
    case Purpose::log_shipping:
      return make_log_shipping(maker, from, to);
    case Purpose::edge_synchronisation:
      return make_edge_synchronisation(maker, from, to);
  }
  return false;
}

/// What the roles of two servers imply, for a need that names no purpose.
std::vector<Purpose> implied(const FlowMaker& maker, Party from, Party to) {
  const Profile& source = maker.profile_of(from);
  const Profile& target = maker.profile_of(to);
  const bool old_source = source.is_one_of({"4.0", "5.0", "5.5"});
  const bool old_target = target.is_one_of({"4.0", "5.0", "5.5"});
  const bool new_source = source.is_one_of({"2007", "2010"});
  const bool new_target = target.is_one_of({"2007", "2010"});
  const bool same_organisation = source.model->organisation == target.model->organisation;
  const bool source_controls = source.has("domain-controller");
  std::vector<Purpose> purposes;
  const auto add_if = [&](bool condition, Purpose purpose) {
    if (condition) {
      purposes.push_back(purpose);
    }
  };
  if (target.has("domain-controller")) {
    add_if(source_controls, Purpose::domain_replication);
    add_if(!source_controls && source.model->system != OperatingSystem::linux,
           Purpose::domain_member);
  } else {
    add_if(target.has("dns-server"), Purpose::dns);
  }
  add_if(source.has("front-end") && target.has("back-end"), Purpose::front_end);
  add_if(source.has("rpc-proxy") || (source.has("client-access") && target.is_one_of({"2007"})),
         Purpose::rpc_proxy);
  add_if(source.has("owa") || source.has("iorepl") ||
             (new_source && new_target && source.has("client-access")),
         Purpose::mapi);
  add_if(same_organisation, Purpose::mta_rpc);
  add_if(same_organisation, Purpose::directory_replication);
  add_if(!same_organisation, Purpose::x400);
  const bool by_smtp = source.offers_service("MSExchangeTransport") ||
                       source.offers_service("SMTPSVC") || source.has("smtp-relay") || old_source;
  add_if(by_smtp && !(old_source && old_target && same_organisation), Purpose::mail_transfer);
  add_if(target.has("certificate-services"), Purpose::certificate_enrolment);
  add_if(!source.model->cluster.empty() && source.model->cluster == target.model->cluster,
         Purpose::log_shipping);
  add_if(source.has("hub-transport") && target.has("edge-transport"),
         Purpose::edge_synchronisation);
  return purposes;
}

/// One need, target by target.
class NeedFlows {
 public:
  NeedFlows(FlowMaker& maker, const Need& need)
      : maker_(&maker),
        need_(&need),
        from_(need.client ? Party{Party::Kind::client, *need.client}
                          : Party{Party::Kind::server, need.server_from.value_or(0)}),
        served_(need.purposes.size(), false) {}

  void make() {
    maker_->begin(*need_);
    if (need_->servers.empty() && need_->load_balancers.empty()) {
      make_to_all();
    } else {
      for (const Index server : need_->servers) {
        make_named({Party::Kind::server, server});
      }
      for (const Index balancer : need_->load_balancers) {
        make_named({Party::Kind::load_balancer, balancer});
      }
    }
    tell_empty();
  }

 private:
  bool make_to(Party to) {
    if (to == from_) {
      return false;
    }
    const bool made = need_->client ? make_for_client(*maker_, from_, to) : make_purposes(to);
    any_ = any_ || made;
    return made;
  }

  bool make_purposes(Party to) {
    bool made = false;
    if (need_->purposes.empty()) {
      for (const Purpose purpose : implied(*maker_, from_, to)) {
        made = make_for_purpose(*maker_, from_, to, purpose, true) || made;
      }
      return made;
    }
    const bool same_site =
        std::ranges::find(need_->purposes, Purpose::directory_replication) != need_->purposes.end();
    for (std::size_t i = 0; i < need_->purposes.size(); ++i) {
      if (make_for_purpose(*maker_, from_, to, need_->purposes[i], same_site)) {
        served_[i] = true;
        made = true;
      }
    }
    return made;
  }

  void make_named(Party to) {
    if (!make_to(to) && to != from_) {
      unserved_.push_back(to);
    }
  }

  /// Load balancers stand for the servers behind them. Servers of one profile serve alike, so
  /// where the first has nothing to give the others are passed over.
  void make_to_all() {
    if (need_->client) {
      for (Index i = 0; i < maker_->topology().load_balancers.size(); ++i) {
        make_to({Party::Kind::load_balancer, i});
      }
    }
    for (const Profile& profile : maker_->profiles()) {
      if (need_->client && maker_->is_behind_load_balancer(profile.servers.front()) &&
          !profile.has("public-folders")) {
        continue;
      }
      for (const Index server : profile.servers) {
        const Party to{Party::Kind::server, server};
        if (!make_to(to) && to != from_) {
          break;
        }
      }
    }
  }

  [[nodiscard]] std::string_view name_of(Party party) const {
    return plan::name_of(maker_->topology(), party);
  }

  void tell(Severity severity, std::string_view server, std::string subject, std::string message) {
    maker_->find({.rule = "empty-need",
                  .severity = severity,
                  .server = std::string(server),
                  .service = {},
                  .subject = std::move(subject),
                  .message = std::move(message),
                  .remedy = "name a server that serves it, or give the server the role it lacks",
                  .source = {},
                  .place = need_->place});
  }

  void tell_empty() {
    const std::string from(name_of(from_));
    const std::string_view kind =
        need_->client ? to_string(maker_->topology().clients[from_.index].kind) : "server";
    if (!any_) {
      tell(Severity::error, {}, from,
           fmt::format("nothing that this need of \"{}\" ({}) names can serve it", from, kind));
      return;
    }
    for (std::size_t i = 0; i < served_.size(); ++i) {
      if (!served_[i]) {
        tell(Severity::error, {}, from,
             fmt::format("nothing that this need of \"{}\" names can serve {}", from,
                         to_string(need_->purposes[i])));
      }
    }
    for (const Party party : unserved_) {
      tell(
          Severity::warning, party.kind == Party::Kind::server ? name_of(party) : "", from,
          fmt::format("\"{}\" has nothing that \"{}\" ({}) could use", name_of(party), from, kind));
    }
  }

  FlowMaker* maker_;
  const Need* need_;
  Party from_;
  std::vector<bool> served_;  // by purpose
  std::vector<Party> unserved_;
  bool any_ = false;
};

}  // namespace

Flows make_flows(const Topology& topology, const catalogue::Catalogue& catalogue) {
  FlowMaker maker(topology, catalogue);
  for (const Need& need : topology.needs) {
    NeedFlows(maker, need).make();
  }
  Flows made = maker.take();
  std::ranges::move(check_paths(topology, made.flows), std::back_inserter(made.findings));
  std::ranges::move(check_families(topology, made.flows), std::back_inserter(made.findings));
  return made;
}

}  // namespace pinhole::plan
