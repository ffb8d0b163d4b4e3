-- The page's style sheet: one set of names for colours, given for light, for dark and for paper. Text reaches a contrast of
-- 4.5 : 1 in each; nothing is said by colour alone.

CREATE FUNCTION @extschema@.dashboard_style() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT $css$
:root{color-scheme:light dark;--page:#f5f5f2;--card:#fff;--ink:#1b1d21;--soft:#5a606b;--line:#dfe0dc;--main:#1f5fae;--pale:#a9c6e8;--second:#b4560c;--heat:31,95,174;--up:#1a6b3c;--down:#a9282b;--critical:#a9282b;--high:#b4560c;--medium:#8a6a00;--low:#5a606b}
@media (prefers-color-scheme:dark){:root{--page:#14161a;--card:#1c1f24;--ink:#e9eaec;--soft:#a5abb6;--line:#33373e;--main:#79b0f2;--pale:#3a5f8c;--second:#f0a35e;--heat:96,160,240;--up:#6fce97;--down:#ff9590;--critical:#ff9590;--high:#f0a35e;--medium:#e3c65b;--low:#a5abb6}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1080px;margin:0 auto;padding:28px 20px 40px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:17px;line-height:1.3;margin:0 0 2px}
h3{font-size:13px;margin:16px 0 4px;color:var(--soft);font-weight:600}
p{margin:0}
.soft,.say,footer{color:var(--soft)}
.say{max-width:46em;margin-bottom:14px}
section,.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:18px 20px}
section{margin-top:16px}
.morning ul{margin:6px 0 0;padding-left:1.15em}
.morning li{margin:4px 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:16px}
.lead{margin:16px 0 6px;font-size:13px;color:var(--soft)}
.card{padding:14px 16px}
.card h2{font-size:13px;font-weight:600;color:var(--soft)}
.card .figure{font-size:26px;line-height:1.25;font-weight:650;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.card p{font-size:13px}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:14px 32px}
.two>div,.scroll{min-width:0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:5px 8px;text-align:left;border-bottom:1px solid var(--line);vertical-align:top;unicode-bidi:isolate;overflow-wrap:break-word}
th{font-size:12px;font-weight:600;color:var(--soft);vertical-align:bottom}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:0}
tbody th{min-width:7em;font-size:14px;font-weight:500;color:var(--ink);vertical-align:top}
.t{min-width:15em}
tbody th.name{min-width:12em}
tbody th.w{min-width:0}
.n{text-align:right;white-space:nowrap}
.w{white-space:nowrap}
td.m{min-width:72px;width:16%;vertical-align:middle}
.band-text{font-size:12px;color:var(--soft)}
tr.rest td,tr.rest th{color:var(--soft)}
.heat{border-spacing:2px;border-collapse:separate}
.heat th,.heat td{min-width:34px;border:0;padding:3px 4px;font-size:12px;text-align:center;white-space:nowrap}
.heat th:first-child{text-align:left;padding-right:8px}
.heat td{border-radius:3px;background:rgba(var(--heat),calc(var(--v,0)*.55))}
.up{color:var(--up);white-space:nowrap}
.down{color:var(--down);white-space:nowrap}
.flat{color:var(--soft)}
.tag{display:inline-block;border:1px solid currentColor;border-radius:4px;padding:0 6px;font-size:12px;line-height:18px;font-weight:600;white-space:nowrap}
.critical{color:var(--critical)}.high{color:var(--high)}.medium{color:var(--medium)}.low{color:var(--low)}
.tag.critical{color:var(--card);background:var(--critical);border-color:var(--critical)}
.key{font-size:13px;color:var(--soft);margin:6px 0 0}
.key+.scroll{margin-top:14px}
.key span{display:inline-block;margin-right:16px}
.key i{display:inline-block;width:12px;height:10px;border-radius:2px;margin-right:5px}
.key i.rule{height:0;border-top:3px solid;border-radius:0;vertical-align:middle}
svg{display:block;overflow:visible}
.chart{margin-left:44px;width:calc(100% - 56px)}
.meter+.meter{margin-top:6px}
.spark{margin-top:8px}
.grid{stroke:var(--line);stroke-width:1}
.axis{stroke:var(--soft);stroke-width:1}
.tick{fill:var(--soft);font-size:11px;font-variant-numeric:tabular-nums}
.line,.dot{fill:none;stroke:var(--main);stroke-width:2;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
.line.second{stroke:var(--second)}
.line.ahead{stroke:var(--second);stroke-dasharray:1 4}
.dot{stroke-width:7}
.band{fill:var(--second);opacity:.18}
.bar{fill:var(--main)}.bar.pale{fill:var(--pale)}.bar.second{fill:var(--second)}
.bar.part{fill:var(--pale)}
.bg-main{background:var(--main)}.bg-pale{background:var(--pale)}.bg-second{background:var(--second)}
.rule.bg-main{background:none;border-color:var(--main)!important}.rule.bg-second{background:none;border-color:var(--second)!important}
.hover{fill:transparent}
.track{fill:var(--line)}.fill{fill:var(--main)}.fill.second{fill:var(--second)}
footer{font-size:13px;margin-top:20px}
@media (max-width:600px){.alt{display:none}main{padding:20px 12px 32px}section,.card{padding:14px 14px}.cards{grid-template-columns:1fr 1fr;gap:10px}.card .figure{font-size:21px}h1{font-size:22px}}
@page{size:A4;margin:13mm}
@media print{:root{color-scheme:light;--page:#fff;--card:#fff;--ink:#000;--soft:#4a4f58;--line:#d5d6d2;--main:#1f5fae;--pale:#a9c6e8;--second:#b4560c;--heat:31,95,174;--up:#1a6b3c;--down:#a9282b;--critical:#a9282b;--high:#b4560c;--medium:#8a6a00;--low:#5a606b}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font-size:10pt}main{max-width:none;padding:0}section,.card{padding:10px 12px;border-radius:4px}section{margin-top:10px}
.card,tr,svg,.morning{break-inside:avoid}h2,h3,.say,thead{break-after:avoid}.say,.heat,.key{break-inside:avoid}.two{grid-template-columns:1fr 1fr}.two.wide{grid-template-columns:1fr}.two>div{break-inside:avoid}td.m{width:9%;min-width:44px}.t{width:42%}th,td{padding:3px 6px}.cards{grid-template-columns:repeat(4,1fr);gap:8px}.card .figure{font-size:17pt}
.scroll{overflow:visible}table{font-size:9pt}th,tbody th{font-size:9pt}tbody th,tbody th.name,.t{min-width:0}.heat th,.heat td{font-size:7.5pt;padding:2px 2px;min-width:0}}
$css$;
END;
COMMENT ON FUNCTION @extschema@.dashboard_style() IS 'The style sheet of the page.';
