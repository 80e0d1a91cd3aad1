// SPDX-License-Identifier: Apache-2.0
#include "inspect/verify_page.hpp"

namespace pinhole::inspect {

std::string_view sign_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::exact:
      return "✓";
    case Verdict::moved:
      return "↷";
    case Verdict::dynamic:
      return "~";
    case Verdict::not_registered:
      return "∅";
    case Verdict::blocked:
      return "✕";
    case Verdict::wrong_service:
      return "≠";
    case Verdict::not_verifiable:
      break;
  }
  return "?";
}

std::string_view page_style() {
  return R"(
:root { color-scheme: light dark; --page: #f6f7f9; --paper: #ffffff; --ink: #1b222c; --soft: #566273;
  --edge: #ccd3dd; --zone: #eceff4; --good: #1a7f4b; --warn: #a35c00; --bad: #c22836; --unknown: #647085;
  --focus: #2563eb; --mark: #fff3c4; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161c; --paper: #1b2129; --ink: #e7ebf0; --soft: #a3afbf; --edge: #3a4552;
    --zone: #161b22; --good: #4cc38a; --warn: #f0a84a; --bad: #ff7b85; --unknown: #98a4b5;
    --focus: #7aa7ff; --mark: #4a3f14; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 76rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
.facts { color: var(--soft); margin: .3rem 0 1.2rem; }
.answer { display: flex; gap: .8rem; align-items: center; font-size: 1.1rem; font-weight: 600;
  background: var(--paper); border: 1px solid var(--edge); border-left: .4rem solid var(--c);
  border-radius: .5rem; padding: .8rem 1rem; margin: 0; }
.v-exact, .good { --c: var(--good); }
.v-moved, .v-dynamic { --c: var(--warn); }
.v-blocked, .v-wrong-service, .v-not-registered, .v-excess, .no { --c: var(--bad); }
.v-not-verifiable { --c: var(--unknown); }
.badge { display: inline-block; white-space: nowrap; color: var(--c); border: 1px solid currentColor;
  border-radius: 1rem; padding: 0 .6rem; font-size: .85rem; font-weight: 600; }
.scroll { overflow-x: auto; background: var(--paper); border: 1px solid var(--edge);
  border-radius: .5rem; }
.drawing { display: block; width: 100%; min-width: 44rem; height: auto;
  font: 14px system-ui, sans-serif; fill: var(--ink); }
.zone { fill: var(--zone); stroke: var(--edge); }
.zone-name { fill: var(--soft); font-weight: 600; }
.host { fill: var(--paper); stroke: var(--edge); }
.name { font-weight: 600; }
.address { fill: var(--soft); text-anchor: end; font-size: 13px; }
.device { stroke: var(--soft); stroke-width: 3; stroke-dasharray: 2 5; stroke-linecap: round; }
.device-name { fill: var(--soft); text-anchor: middle; font-weight: 600; }
.flow { fill: none; stroke: var(--c); stroke-width: 2; }
.v-blocked .flow { stroke-dasharray: 7 5; }
.v-not-verifiable .flow { stroke-dasharray: 1 6; stroke-linecap: round; }
.v-moved .flow, .v-dynamic .flow { stroke-dasharray: 12 4; }
.disc { fill: var(--paper); stroke: var(--c); stroke-width: 2; }
.sign { fill: var(--c); text-anchor: middle; font-size: 12px; font-weight: 700; }
.flow-text { fill: var(--ink); }
.drawing a:hover .flow, .drawing a:focus .flow { stroke-width: 4; }
.drawing a:hover .flow-text, .drawing a:focus .flow-text { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: .2rem; }
.remedies { padding-left: 0; list-style: none; display: grid; gap: .6rem; }
.remedies li { background: var(--paper); border: 1px solid var(--edge);
  border-left: .4rem solid var(--c); border-radius: .5rem; padding: .6rem .9rem; }
.remedies p { margin: .2rem 0 0; }
.next { font-weight: 600; }
.soft { color: var(--soft); font-size: .9rem; }
.filter { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: .8rem; }
.filter input { font: inherit; color: inherit; background: var(--paper); flex: 1 1 14rem;
  min-width: 0; border: 1px solid var(--edge); border-radius: .4rem; padding: .35rem .6rem; }
.filter button { font: inherit; font-size: .9rem; color: var(--c); background: var(--paper);
  border: 1px solid currentColor; border-radius: 1rem; padding: .25rem .7rem; cursor: pointer; }
.filter button[aria-pressed=false] { opacity: .55; text-decoration: line-through; }
.filter output { color: var(--soft); }
table { width: 100%; border-collapse: collapse; background: var(--paper);
  border: 1px solid var(--edge); font-size: .92rem; }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .6rem;
  border-bottom: 1px solid var(--edge); }
th { color: var(--soft); }
tr:target td { background: var(--mark); }
td.port { white-space: nowrap; }
footer { color: var(--soft); font-size: .9rem; margin-top: 2rem; }
[hidden] { display: none !important; }
@media (max-width: 46rem) {
  body { padding: .8rem; }
  table, tbody, tr, td, caption { display: block; width: 100%; }
  thead { position: absolute; left: -100vw; }
  tr { border-bottom: 2px solid var(--edge); padding: .4rem 0; }
  td { border: 0; padding: .15rem .6rem; }
  td::before { content: attr(data-name) ": "; color: var(--soft); }
  td:empty { display: none; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --paper: #fff; --ink: #000; --soft: #444;
    --edge: #999; --zone: #f3f3f3; --good: #0b6b3a; --warn: #8a4b00; --bad: #b00020;
    --unknown: #555; --mark: #fff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .filter { display: none; }
  .scroll { overflow: visible; border: 0; }
  .drawing { min-width: 0; }
  thead { display: table-header-group; }
  tr, li, .answer, .drawing { break-inside: avoid; }
  * { print-color-adjust: exact; }
}
)";
}

std::string_view page_script() {
  return R"(
(function () {
  "use strict";
  var bar = document.querySelector(".filter");
  var text = bar.querySelector("input");
  var count = bar.querySelector("output");
  var buttons = Array.prototype.slice.call(bar.querySelectorAll("button"));
  var rows = Array.prototype.slice.call(document.querySelectorAll("#flows tbody tr"));
  function apply() {
    var words = text.value.toLowerCase().split(/\s+/);
    var off = {};
    var shown = 0;
    buttons.forEach(function (each) {
      off[each.value] = each.getAttribute("aria-pressed") === "false";
    });
    rows.forEach(function (row) {
      var content = row.textContent.toLowerCase();
      var fits = !off[row.dataset.verdict] && words.every(function (word) {
        return content.indexOf(word) !== -1;
      });
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + " of " + rows.length + " shown";
  }
  buttons.forEach(function (each) {
    each.addEventListener("click", function () {
      var on = each.getAttribute("aria-pressed") === "true";
      each.setAttribute("aria-pressed", on ? "false" : "true");
      apply();
    });
  });
  text.addEventListener("input", apply);
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && document.activeElement !== text) {
      event.preventDefault();
      text.focus();
    } else if (event.key === "Escape" && document.activeElement === text) {
      text.value = "";
      apply();
    }
  });
  window.addEventListener("hashchange", function () {
    var row = document.getElementById(location.hash.slice(1));
    if (row && row.hidden) {
      row.hidden = false;
      row.scrollIntoView();
    }
  });
  bar.hidden = false;
  apply();
}());
)";
}

}  // namespace pinhole::inspect
