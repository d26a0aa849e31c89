//! Documents: invoices and quotations as small whole PDFs, tables, a log, an invitation.

use std::fmt::Write as _;

use rand::Rng;

use crate::{
    goods::PRODUCTS,
    rng::{For, generator, pick},
};

pub fn invoice(variant: u8) -> Vec<u8> {
    let mut lines = vec![
        "HARBOUR HOME TRADING LTD".to_owned(),
        format!("Invoice INV-{}", 3_300 + u32::from(variant) * 17),
        "18 Wharf Road, Hangzhou 310000".to_owned(),
        String::new(),
    ];
    lines.extend(priced(variant, 3));
    lines.push(String::new());
    lines.push("Paid with thanks. care@harbour.example".to_owned());
    pdf(&lines)
}

pub fn quotation(variant: u8) -> Vec<u8> {
    let mut lines =
        vec!["QUOTATION".to_owned(), "FOB Ningbo, valid 30 days, MOQ 200 pcs".to_owned(), String::new()];
    lines.extend(priced(variant + 40, 8));
    pdf(&lines)
}

/// Some goods with quantity and price, and their sum.
fn priced(variant: u8, count: usize) -> Vec<String> {
    let mut rng = generator(1, For::Photo, 1_000 + u64::from(variant));
    let mut sum = 0;
    let mut lines: Vec<String> = (0..count)
        .filter_map(|_| PRODUCTS.get(rng.random_range(0..PRODUCTS.len())))
        .map(|product| {
            sum += product.dollars;
            format!("1 x {:<36} {:>8}.00", ascii(product.en), product.dollars)
        })
        .collect();
    lines.push(format!("{:<40} {sum:>8}.00", "Total USD"));
    lines
}

fn ascii(text: &str) -> String {
    text.chars().map(|c| if c == 'é' { 'e' } else { c }).filter(char::is_ascii).collect()
}

/// A one-page PDF 1.4 with `lines` in Courier, 11 points.
fn pdf(lines: &[String]) -> Vec<u8> {
    let mut page = String::from("BT /F1 11 Tf 60 780 Td 16 TL\n");
    for line in lines {
        let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        // Writing to a String cannot fail.
        let _ = writeln!(page, "({escaped}) Tj T*");
    }
    page.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
    ];
    assemble(&objects)
}

fn assemble(objects: &[String]) -> Vec<u8> {
    let mut out = String::from("%PDF-1.4\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        let _ = write!(out, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = out.len();
    out.push_str(&table);
    let size = objects.len() + 1;
    let _ = write!(out, "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    out.into_bytes()
}

/// A table of order lines as a spreadsheet program writes it, with the mark that makes it show Chinese.
pub fn orders(variant: u8) -> Vec<u8> {
    let mut rng = generator(2, For::Photo, u64::from(variant));
    let mut out = String::from("\u{feff}order,sku,item,商品,qty,unit_price\r\n");
    for line in 0..rng.random_range(6..24) {
        let Some(product) = PRODUCTS.get(rng.random_range(0..PRODUCTS.len())) else { continue };
        let (order, quantity) = (20_000 + line * 13 + u32::from(variant) * 400, rng.random_range(1..60));
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "A-{order},HH-{:04},\"{}\",{},{quantity},{}.00\r\n",
            rng.random_range(100..9_999),
            product.en,
            product.zh,
            product.yuan
        );
    }
    out.into_bytes()
}

pub fn log(variant: u8) -> Vec<u8> {
    let mut rng = generator(3, For::Photo, u64::from(variant));
    let mut out = String::new();
    for second in 0..rng.random_range(20..60) {
        let status = pick(&mut rng, &[200, 200, 200, 304, 429, 502]);
        let ms = rng.random_range(18..2_400);
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "09:{:02}:{:02} POST /account/code status={status} time={ms}ms",
            second / 60 + 12,
            second % 60
        );
    }
    out.into_bytes()
}

pub fn invitation(variant: u8) -> Vec<u8> {
    let day = 10 + variant;
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Lakeside Kilns//Fair 1//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n\
         UID:fair-{variant}@lakesidekilns.example\r\nDTSTAMP:20250901T020000Z\r\nDTSTART:202510{day}T060000Z\r\n\
         DTEND:202510{day}T070000Z\r\nSUMMARY:Autumn samples: glaze review\r\nORGANIZER:mailto:mei@lakesidekilns.example\r\n\
         ATTENDEE;RSVP=TRUE:mailto:care@harbour.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    .into_bytes()
}
