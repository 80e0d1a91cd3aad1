// SPDX-License-Identifier: Apache-2.0
#include "inspect/verdict.hpp"

namespace pinhole::inspect {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::exact:
      return "exact";
    case Verdict::moved:
      return "moved";
    case Verdict::dynamic:
      return "dynamic";
    case Verdict::not_registered:
      return "not registered";
    case Verdict::blocked:
      return "blocked";
    case Verdict::wrong_service:
      return "wrong service";
    case Verdict::not_verifiable:
      break;
  }
  return "not verifiable from here";
}

std::string_view word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::not_registered:
      return "not-registered";
    case Verdict::wrong_service:
      return "wrong-service";
    case Verdict::not_verifiable:
      return "not-verifiable";
    case Verdict::exact:
    case Verdict::moved:
    case Verdict::dynamic:
    case Verdict::blocked:
      break;
  }
  return to_string(verdict);
}

std::string_view to_string(Where where) {
  switch (where) {
    case Where::here:
      return "here";
    case Where::mapper:
      return "mapper";
    case Where::service:
      return "service";
    case Where::nowhere:
      break;
  }
  return "";
}

std::string_view to_string(Contact contact) {
  switch (contact) {
    case Contact::open:
      return "open";
    case Contact::timeout:
      return "timeout";
    case Contact::refused:
      return "refused";
    case Contact::unreachable:
      return "unreachable";
    case Contact::local:
      return "local";
    case Contact::untried:
      break;
  }
  return "untried";
}

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::not_restarted:
      return "not-yet-restarted";
    case Cause::wrong_value:
      return "wrong-value";
    case Cause::unknown:
      break;
  }
  return "";
}

bool fails(Verdict verdict) {
  return verdict != Verdict::exact && verdict != Verdict::not_verifiable;
}

}  // namespace pinhole::inspect
