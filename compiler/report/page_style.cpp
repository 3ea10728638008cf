#include "report/page_parts.h"

namespace kiln::report {

constinit const std::string_view page_style = R"(
:root { --text: #1b1d21; --soft: #636a75; --ground: #fbfbfc; --card: #ffffff; --line: #e3e6ea; --track: #f0f2f5;
  --flops: #3267d6; --bytes: #d9822b; --mark: #fff1c2; --hit: #e8effd; --link: #1f57c3; --peak: #c0362c;
  --word: #8a2b9e; --type: #0f6674; --number: #a04a00; --string: #2d6e1f;
  --b0: #7aa6f0; --b1: #f2b36b; --b2: #86c98a; --b3: #d79ae0; --b4: #6fc6cf; --b5: #e88f8f; --b6: #b9b36a; --b7: #a9a3ee; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e6ea; --soft: #98a0ab; --ground: #14161a; --card: #1b1e23; --line: #2e333b; --track: #24282f;
    --flops: #6f9cf5; --bytes: #eda85c; --mark: #4a3f16; --hit: #24304a; --link: #8ab4ff; --peak: #ff8277;
    --word: #d7a1e6; --type: #7fd3e0; --number: #f0b078; --string: #9ad489;
    --b0: #3f65a8; --b1: #96652b; --b2: #3f7d44; --b3: #7d4a86; --b4: #2f7880; --b5: #934a4a; --b6: #6d692f; --b7: #5d58a0; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--ground); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main, header { max-width: 96rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 1.6rem; }
h1 { margin: 0; font-size: 1.75rem; } h1 small { color: var(--soft); font-size: 1rem; font-weight: 400; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.15rem; }
p { margin: 0.3rem 0; } .soft { color: var(--soft); }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code, .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.86em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; border-radius: 4px; }
.tiles { display: flex; flex-wrap: wrap; gap: 0.7rem; margin: 1rem 0; padding: 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0.55rem 0.95rem; min-width: 8rem; }
.tiles dt { color: var(--soft); font-size: 0.8rem; } .tiles dd { margin: 0; font-size: 1.25rem; font-weight: 600; }
.tiles dd small { color: var(--soft); font-size: 0.8rem; font-weight: 400; }
.columns { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 5fr); gap: 1.5rem; align-items: start; }
@media (max-width: 68rem) { .columns { grid-template-columns: minmax(0, 1fr); } .source { position: static; max-height: none; } }
.head { display: flex; align-items: baseline; gap: 1rem; flex-wrap: wrap; }
.legend { color: var(--soft); font-size: 0.85rem; display: flex; gap: 0.9rem; align-items: center; }
.legend i { display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 3px; vertical-align: -0.1rem; margin-right: 0.3rem; }
.legend i.tick { width: 2px; height: 1rem; border-radius: 0; background: var(--text); }
button { font: inherit; font-size: 0.85rem; color: var(--text); background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: 0.15rem 0.6rem; cursor: pointer; }
.kernels { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.kernels > li + li { border-top: 1px solid var(--line); }
.kernels .loop { color: var(--soft); font-size: 0.88rem; padding: 0.35rem 0.8rem; background: var(--track); }
summary { display: grid; grid-template-columns: 1.9rem minmax(8rem, 15rem) minmax(0, 1fr) 4.8rem 3.4rem; gap: 0.6rem; align-items: center;
  padding: 0.32rem 0.8rem; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:hover, .hit > summary { background: var(--hit); }
details[open] > summary { background: var(--hit); }
.in-loop > details > summary, .in-loop > details > .about { border-left: 3px solid var(--line); }
.n { color: var(--soft); text-align: right; font-variant-numeric: tabular-nums; }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.name small { display: block; color: var(--soft); line-height: 1.1; overflow: hidden; text-overflow: ellipsis; }
.track { position: relative; height: 1.05rem; background: var(--track); border-radius: 4px; }
.bar { position: absolute; top: 0; bottom: 0; min-width: 3px; border-radius: 3px; }
.flops { background: var(--flops); } .bytes { background: var(--bytes); }
.limit { position: absolute; top: -2px; bottom: -2px; width: 2px; background: var(--text); }
.time, .share { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .share { color: var(--soft); }
.about { padding: 0.5rem 0.9rem 0.9rem 3.3rem; }
.about dl { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: 0.3rem 0.8rem; margin: 0; }
.about dt { color: var(--soft); } .about dd { margin: 0; } .about ul { margin: 0; padding-left: 1.1rem; }
.chip { display: inline-block; background: var(--track); border-radius: 5px; padding: 0 0.4rem; margin: 0 0.25rem 0.2rem 0; }
.source { position: sticky; top: 0.8rem; max-height: calc(100vh - 1.6rem); overflow: auto; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; padding: 0.5rem 0; }
.source h3 { margin: 0.4rem 0.9rem; font-size: 0.95rem; }
.source ol { list-style: none; margin: 0; padding: 0; width: max-content; min-width: 100%; }
.source li { display: grid; grid-template-columns: 3.2rem 1fr; white-space: pre; padding-right: 0.9rem; border-left: 4px solid transparent; }
.source li > span { font: 0.8em ui-monospace, "DejaVu Sans Mono", monospace; line-height: inherit; color: var(--soft); text-align: right; padding-right: 0.8rem; user-select: none; }
.source li.used { cursor: pointer; border-left-color: color-mix(in srgb, var(--flops) var(--heat), transparent); }
.source li.lit, .source li:target { background: var(--mark); }
.source .gap { color: var(--soft); padding-left: 1.6rem; }
.w { color: var(--word); } .t { color: var(--type); } .d { color: var(--number); } .s { color: var(--string); }
.c { color: var(--soft); font-style: italic; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0.8rem; overflow-x: auto; }
svg { display: block; font: 11px system-ui, "DejaVu Sans", sans-serif; }
svg text { fill: var(--text); } svg .soft { fill: var(--soft); } svg .grid { stroke: var(--line); }
svg .peak { stroke: var(--peak); fill: none; stroke-dasharray: 5 3; } svg text.peak { fill: var(--peak); stroke: none; }
svg .band { fill: var(--peak); opacity: 0.09; } svg .roof { stroke: var(--text); fill: none; stroke-width: 1.5; }
svg rect.piece { stroke: var(--card); stroke-width: 1; } svg .pick { fill: transparent; } svg .pick:hover { fill: var(--text); opacity: 0.06; }
svg circle { stroke: var(--card); } svg circle.flops { fill: var(--flops); } svg circle.bytes { fill: var(--bytes); }
.p0 { fill: var(--b0); } .p1 { fill: var(--b1); } .p2 { fill: var(--b2); } .p3 { fill: var(--b3); }
.p4 { fill: var(--b4); } .p5 { fill: var(--b5); } .p6 { fill: var(--b6); } .p7 { fill: var(--b7); }
table { border-collapse: collapse; margin: 0.4rem 0; } th, td { text-align: left; padding: 0.12rem 1.4rem 0.12rem 0; vertical-align: top; }
th { color: var(--soft); font-weight: 400; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
.plain > summary { display: list-item; list-style: revert; padding: 0.2rem 0; } .plain > summary:hover, .plain[open] > summary { background: none; }
footer { max-width: 96rem; margin: 2rem auto; padding: 0 1.5rem; color: var(--soft); font-size: 0.85rem; }
@media print { .source { position: static; max-height: none; } button { display: none; } }
)";

constinit const std::string_view page_script = R"(
const kernels = Array.from(document.querySelectorAll('.kernels details'));
const lines = Array.from(document.querySelectorAll('.source li[data-kernels]'));
const light = kernel => {
  const wanted = new Set(kernel ? kernel.dataset.lines.split(' ') : []);
  let first = null;
  lines.forEach(line => {
    const lit = wanted.has(line.id);
    line.classList.toggle('lit', lit);
    if (lit) { const folded = line.closest('details'); if (folded) { if (kernel.open) folded.open = true; } }
    if (lit) { if (first === null) first = line; }
  });
  const pane = document.querySelector('.source');
  if (first) { if (getComputedStyle(pane).position === 'sticky') pane.scrollTop = Math.max(0, first.offsetTop - pane.clientHeight / 3); }
};
const open = kernel => { kernel.open = true; kernel.firstElementChild.focus({preventScroll: true}); kernel.scrollIntoView({block: 'nearest'}); light(kernel); };
kernels.forEach((kernel, number) => {
  const summary = kernel.firstElementChild;
  summary.addEventListener('focus', () => light(kernel));
  kernel.addEventListener('toggle', () => { if (kernel.open) light(kernel); });
  summary.addEventListener('keydown', event => {
    const to = {ArrowDown: number + 1, ArrowUp: number - 1, Home: 0, End: kernels.length - 1}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = kernels[Math.max(0, Math.min(kernels.length - 1, to))].firstElementChild;
    next.focus({preventScroll: true});
    next.scrollIntoView({block: 'nearest'});
  });
});
lines.forEach(line => {
  line.tabIndex = 0;
  const show = () => {
    kernels.forEach(kernel => kernel.classList.toggle('hit', kernel.dataset.lines.split(' ').includes(line.id)));
    const first = kernels.find(kernel => kernel.classList.contains('hit'));
    lines.forEach(other => other.classList.toggle('lit', other === line));
    if (first) first.scrollIntoView({block: 'nearest'});
  };
  line.addEventListener('click', show);
  line.addEventListener('keydown', event => { if (event.key === 'Enter') show(); });
});
const all = wanted => () => kernels.forEach(kernel => { kernel.open = wanted; });
document.getElementById('unfold').addEventListener('click', all(true));
document.getElementById('fold').addEventListener('click', all(false));
const follow = () => { const target = document.getElementById(location.hash.slice(1)); if (target) { if (kernels.includes(target)) open(target); } };
addEventListener('hashchange', follow);
follow();
)";

}  // namespace kiln::report
