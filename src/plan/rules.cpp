// SPDX-License-Identifier: Apache-2.0
#include "plan/rules.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "catalogue/lookup.hpp"
#include "plan/rule_book.hpp"

namespace pinhole::plan {
namespace {

/// What one product says of one setting.
struct Opinion {
  const catalogue::Product* product = nullptr;
  Findings findings;

  [[nodiscard]] auto strictness() const {
    Severity worst = Severity::note;
    std::size_t count = 0;
    for (const Finding& finding : findings) {
      count = finding.severity > worst ? 0 : count;
      worst = std::max(worst, finding.severity);
      count += finding.severity == worst ? 1 : 0;
    }
    // Of equals the newer product speaks.
    return std::tuple(worst, count, product == nullptr ? 0 : product->age + 1);
  }
};

/// Two rows may be one value to two products; both are named by the first.
std::string target_of(const catalogue::Catalogue& catalogue, const Finding& finding) {
  const auto* setting = catalogue::find_setting_by_id(catalogue, finding.subject);
  if (setting == nullptr) {
    return finding.subject;
  }
  return std::string(catalogue::find_setting(catalogue, setting->key, setting->value)->id);
}

void judge_subject(const RuleBook& book, const Subject& subject, Findings& findings) {
  judge_ports(book, subject, findings);
  judge_values(book, subject, findings);
  judge_listeners(book, subject, findings);
  judge_holders(book, subject, findings);
  judge_endpoints(book, subject, findings);
  judge_internet(book, subject, findings);
}

/// Keeps for each setting what the strictest product says, and names that product where others
/// were asked as well.
Findings merge(const RuleBook& book, const std::vector<Opinion>& opinions) {
  const catalogue::Catalogue& catalogue = book.catalogue();
  std::map<std::string, Opinion> strictest;
  for (const Opinion& opinion : opinions) {
    std::map<std::string, Opinion> by_target;
    for (const Finding& finding : opinion.findings) {
      Opinion& part = by_target[target_of(catalogue, finding)];
      part.product = opinion.product;
      part.findings.push_back(finding);
    }
    for (auto& [target, part] : by_target) {
      Opinion& best = strictest[target];
      if (best.findings.empty() || part.strictness() > best.strictness()) {
        best = std::move(part);
      }
    }
  }
  Findings merged;
  for (auto& [target, best] : strictest) {
    for (Finding& finding : best.findings) {
      const auto* setting = catalogue::find_setting_by_id(catalogue, finding.subject);
      if (opinions.size() > 1 && best.product != nullptr && setting != nullptr &&
          book.is_of_exchange(*setting)) {
        finding.message += fmt::format(" (as {} has it)", best.product->title);
      }
      merged.push_back(std::move(finding));
    }
  }
  return merged;
}

}  // namespace

void sort_findings(Findings& findings) {
  const auto key = [](const Finding& finding) {
    return std::tuple(-static_cast<int>(finding.severity), std::string_view(finding.server),
                      std::string_view(finding.rule), std::string_view(finding.subject),
                      std::string_view(finding.message));
  };
  std::ranges::sort(findings, {}, key);
  const auto rest = std::ranges::unique(findings);
  findings.erase(rest.begin(), rest.end());
}

Findings check_state(const State& state, std::span<const catalogue::Product* const> products,
                     const catalogue::Catalogue& catalogue) {
  const RuleBook book(catalogue);
  std::vector<const catalogue::Product*> asked(products.begin(), products.end());
  if (asked.empty()) {
    for (const catalogue::Product& product : catalogue.products) {
      asked.push_back(&product);
    }
  }
  const PortSet windows_dynamic =
      asked.size() > 1 ? subject_of(state, nullptr, catalogue).dynamic : PortSet();
  std::vector<Opinion> opinions;
  for (const catalogue::Product* product : asked) {
    Opinion& opinion = opinions.emplace_back();
    opinion.product = product;
    Subject subject = subject_of(state, product, catalogue);
    if (asked.size() > 1) {
      // Whether a product moved the dynamic range is not known where it may be another.
      subject.windows_dynamic = windows_dynamic;
    }
    judge_subject(book, subject, opinion.findings);
    if (asked.size() == 1) {
      judge_unread(book, subject, opinion.findings);
    }
  }
  Findings findings = merge(book, opinions);
  judge_names(book, state, asked, findings);
  sort_findings(findings);
  return findings;
}

}  // namespace pinhole::plan
