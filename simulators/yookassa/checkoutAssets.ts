/**
 * Inline style and script of the checkout page: it must work with no other file, in a frame 320 px wide, in the dark.
 */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--bg:#eef0f4;--card:#fff;--ink:#15181e;--soft:#667085;--line:#dfe3ea;--blue:#5b3df5;--good:#12805c;--goodbg:#e5f6ee;--bad:#b42318;--badbg:#fdeceb}
@media (prefers-color-scheme:dark){:root{--bg:#0e1015;--card:#181b22;--ink:#f2f4f8;--soft:#98a2b3;--line:#2b303b;--blue:#8a75ff;--good:#5fd6a4;--goodbg:#12291f;--bad:#ff9c91;--badbg:#331917}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:440px;min-height:100vh;margin:0 auto;background:var(--card);display:flex;flex-direction:column}
@media (min-width:500px){main{min-height:0;margin:32px auto;border-radius:20px;box-shadow:0 12px 40px #0002}}
header{display:flex;justify-content:space-between;align-items:center;padding:16px 20px 0}
.badge{font-size:12px;color:var(--soft);border:1px solid var(--line);border-radius:99px;padding:2px 10px}
.order{padding:12px 20px 16px;border-bottom:1px solid var(--line)}
.amount{font-size:34px;font-weight:700;letter-spacing:-.02em}
.what{color:var(--soft);overflow-wrap:anywhere}
form{display:flex;flex-direction:column;padding:16px 20px 0}
label{font-size:14px;color:var(--soft);margin-bottom:6px}
input{width:100%;font:600 18px/1.2 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.03em;padding:14px;border:1.5px solid var(--line);border-radius:12px;background:transparent;color:inherit}
input:focus-visible,button:focus-visible{outline:3px solid color-mix(in srgb,var(--blue) 45%,transparent);outline-offset:1px}
.hint{margin:8px 0 0;font-size:14px;color:var(--soft)}.actions .hint{margin:0;text-align:center;font-weight:600}.hint.good{color:var(--good)}.hint.bad{color:var(--bad)}
.alert{margin:0 0 14px;padding:12px 14px;border-radius:12px;background:var(--badbg);color:var(--bad)}
h2{font-size:15px;margin:22px 0 4px}
.row{padding:8px 0;border-top:1px solid var(--line)}
.row span{display:block;font-size:13px;color:var(--soft);margin-bottom:6px}
.chips{display:flex;flex-wrap:wrap;gap:6px}
.chip{font:inherit;font-size:13px;line-height:1;font-weight:500;min-height:36px;padding:0 10px;border:1px solid transparent;border-radius:10px;background:var(--goodbg);color:var(--good);cursor:pointer}
.chip.bad{background:var(--badbg);color:var(--bad)}
.chip[aria-pressed=true]{border-color:currentColor;box-shadow:inset 0 0 0 1px currentColor}
.actions{position:sticky;bottom:0;margin:16px -20px 0;padding:12px 20px 14px;background:var(--card);border-top:1px solid var(--line);display:flex;flex-direction:column;gap:8px}
main>.actions{margin:auto 0 0}
@media (min-width:500px){.actions{border-radius:0 0 20px 20px}}
.pay,.leave{font:inherit;font-size:17px;line-height:1;font-weight:600;min-height:50px;border:0;border-radius:14px;cursor:pointer}
.pay{background:#5b3df5;color:#fff}.leave{background:transparent;color:var(--soft);min-height:38px;font-size:15px}
.busy .pay{opacity:.6;pointer-events:none}
.until{margin:0;text-align:center;font-size:12px;color:var(--soft)}
.end{padding:40px 24px;text-align:center}
.mark{width:72px;height:72px;margin:0 auto 16px;border-radius:50%;display:grid;place-items:center;font-size:34px}
.good .mark{background:var(--goodbg);color:var(--good)}.bad .mark{background:var(--badbg);color:var(--bad)}
`;

export const PAGE_SCRIPT = `
(function(){
  var form=document.getElementById('form'),input=document.getElementById('card'),hint=document.getElementById('hint');
  var chips=Array.prototype.slice.call(document.querySelectorAll('[data-card]'));
  function digits(){return input.value.replace(/\\D/g,'')}
  function show(){
    var number=digits(),found=null;
    chips.forEach(function(chip){var on=chip.dataset.card===number;chip.setAttribute('aria-pressed',String(on));if(on)found=chip});
    hint.className='hint'+(found?(found.classList.contains('bad')?' bad':' good'):'');
    hint.textContent=found?found.dataset.outcome:'';
    hint.hidden=!found;
  }
  chips.forEach(function(chip){chip.addEventListener('click',function(){
    input.value=chip.dataset.card.replace(/(\\d{4})(?=\\d)/g,'$1 ');show();
  })});
  input.addEventListener('input',show);
  form.addEventListener('submit',function(){setTimeout(function(){form.classList.add('busy')},0)});
  addEventListener('pageshow',function(){form.classList.remove('busy');show()});
  show();
})();
`;
