// SPDX-License-Identifier: Apache-2.0
#include "cli/firewall_print.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/firewall_words.hpp"

namespace pinhole::cli {
namespace {

using firewall::Difference;
using nlohmann::ordered_json;
using render::Tone;

/// One difference in two or three lines: the packet; who decides it; for which flow.
std::string difference_text(const Difference& one, std::string_view word, Tone tone,
                            std::string_view file, render::Style style) {
  std::string text = fmt::format(
      "{}  {}{}  {}\n", render::paint(fmt::format("{:<8}", word), tone, style),
      render::paint(to_string(one.packet), Tone::strong, style),
      render::paint(translation_text(one.to), Tone::plain, style),
      render::paint(fmt::format("(of {} packets)", amount(one.count)), Tone::faint, style));
  text +=
      fmt::format("          {}\n", render::paint(decider_text(one.by, file), Tone::plain, style));
  for (const firewall::Reason& flow : one.flows) {
    text += fmt::format("          {}\n",
                        render::paint(fmt::format("flow {}{}{}", flow.flow,
                                                  flow.text.empty() ? "" : ": ", flow.text),
                                      Tone::faint, style));
  }
  return text;
}

std::string differences(const std::vector<Difference>& all, std::string_view word, Tone tone,
                        std::string_view file, render::Style style) {
  std::string text;
  for (const Difference& one : all) {
    text += difference_text(one, word, tone, file, style);
  }
  return text;
}

std::string cut_note(bool truncated) {
  return truncated ? fmt::format("More than {} of a kind: the rest is not shown.\n",
                                 firewall::kMostDifferences)
                   : std::string();
}

ordered_json json_of(const Difference& one) {
  ordered_json flows = ordered_json::array();
  for (const firewall::Reason& flow : one.flows) {
    flows.push_back({{"flow", flow.flow}, {"why", flow.text}});
  }
  return {{"packet", packet_json(one.packet)},
          {"becomes", translation_json(one.to)},
          {"packets", one.count},
          {"decided_by", decider_json(one.by)},
          {"flows", std::move(flows)}};
}

ordered_json json_of(const std::vector<Difference>& all) {
  ordered_json result = ordered_json::array();
  for (const Difference& one : all) {
    result.push_back(json_of(one));
  }
  return result;
}

}  // namespace

std::string proof_table(const firewall::Proof& proof, const ProofSubject& subject,
                        render::Style style) {
  std::string text = differences(proof.missing, "missing", Tone::bad, subject.rules, style) +
                     differences(proof.excess, "excess", Tone::bad, subject.rules, style) +
                     differences(proof.sources, "source", Tone::bad, subject.rules, style) +
                     differences(proof.unknown, "unknown", Tone::warning, subject.rules, style) +
                     cut_note(proof.truncated);
  const bool exact = proof.answer == firewall::Proof::Answer::exact;
  text += fmt::format(
      "{}  {} against {}{}{}\n",
      render::paint(answer_word(proof.answer), exact ? Tone::good : Tone::bad, style),
      render::paint(fmt::format("{} ({})", subject.rules, subject.dialect), Tone::plain, style),
      render::paint(subject.plan, Tone::plain, style),
      render::paint(subject.device.empty() ? ", by address" : ", device " + subject.device,
                    Tone::plain, style),
      subject.from.empty()
          ? ""
          : render::paint(fmt::format(", {} to {}", subject.from, subject.to), Tone::plain, style));
  return text;
}

ordered_json proof_json(const firewall::Proof& proof, const ProofSubject& subject) {
  return {{"schema", "pinhole.proof/1"},       {"rules", subject.rules},
          {"dialect", subject.dialect},        {"plan", subject.plan},
          {"device", or_null(subject.device)}, {"from", or_null(subject.from)},
          {"to", or_null(subject.to)},         {"answer", answer_word(proof.answer)},
          {"missing", json_of(proof.missing)}, {"excess", json_of(proof.excess)},
          {"sources", json_of(proof.sources)}, {"unknown", json_of(proof.unknown)},
          {"truncated", proof.truncated}};
}

std::string diff_table(const firewall::RulesetDiff& diff, std::string_view after,
                       render::Style style) {
  if (diff.same()) {
    return "The same packets pass.\n";
  }
  return differences(diff.opened, "opens", Tone::bad, after, style) +
         differences(diff.closed, "closes", Tone::warning, after, style) +
         differences(diff.unknown, "unknown", Tone::warning, "", style) + cut_note(diff.truncated);
}

ordered_json diff_json(const firewall::RulesetDiff& diff, std::string_view before,
                       std::string_view after) {
  return {{"schema", "pinhole.firewall-diff/1"},
          {"before", before},
          {"after", after},
          {"same", diff.same()},
          {"opened", json_of(diff.opened)},
          {"closed", json_of(diff.closed)},
          {"unknown", json_of(diff.unknown)},
          {"truncated", diff.truncated}};
}

}  // namespace pinhole::cli
