//! The HTML some mail comes with: what a mail program makes of plain text, and the shop's own order confirmation sent on by a customer.

use std::fmt::Write as _;

use rand::rngs::SmallRng;

use crate::{case::Telling, script::Lang};

/// Plain text as a mail program wraps it.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    out.push_str(
        "<html><head><meta charset=\"utf-8\"></head><body><div dir=\"auto\" style=\"font-size:14px\">",
    );
    lines(text, &mut out);
    out.push_str("</div></body></html>");
    out
}

fn lines(text: &str, out: &mut String) {
    for line in text.lines() {
        out.push_str("<div>");
        escape(if line.is_empty() { "\u{a0}" } else { line }, out);
        out.push_str("</div>\n");
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            c => out.push(c),
        }
    }
}

const CARD: &str = "max-width:560px;margin:12px 0;border:1px solid #d9d4c7;border-radius:8px;font-family:Georgia,'Songti SC',serif";
const HEAD: &str = "background:#1f3d3a;color:#f4efe4;padding:18px 22px;font-size:20px;letter-spacing:.04em";
const CELL: &str = "padding:10px 22px;border-top:1px solid #ece8dd";

/// `own` above the shop's order confirmation, as it was sent on.
pub fn forwarded_order(telling: &Telling<'_>, own: &str, rng: &mut SmallRng) -> String {
    let template = match telling.case.lang {
        Lang::Zh => ORDER_ZH,
        Lang::En => ORDER_EN,
    };
    let mut out = String::from("<html><head><meta charset=\"utf-8\"></head><body>");
    lines(own, &mut out);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<div style=\"{CARD}\"><div style=\"{HEAD}\">Harbour Home 港湾家居</div><table width=\"100%\">"
    );
    for row in template.lines() {
        let told = telling.tell(row, rng);
        let (label, value) = told.split_once('|').unwrap_or((&told, ""));
        let _ = write!(
            out,
            "<tr><td style=\"{CELL};color:#7a7466\">{label}</td><td style=\"{CELL}\" align=\"right\">{value}</td></tr>"
        );
    }
    out.push_str("</table></div></body></html>");
    out
}

const ORDER_ZH: &str = "订单号|{order}
下单日期|{bought}
{product}|{price}
{product2}|{price2}
合计|<b>{total}</b>
收货地址|{address}";

const ORDER_EN: &str = "Order|{order}
Placed on|{bought}
{product}|{price}
{product2}|{price2}
Total|<b>{total}</b>
Ships to|{address}";
