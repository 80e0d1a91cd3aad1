#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Is every source formatted? `tools/format.sh --fix` formats them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
how=(--dry-run --Werror)
if [[ ${1:-} == --fix ]]; then
  how=(-i)
fi
git ls-files -z '*.cpp' '*.hpp' | xargs -0 -r -n 20 -P "$(nproc)" clang-format-19 "${how[@]}"
