//! Every charset mail really uses, declared rightly, wrongly and not at all.

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};
use model::Defect;

use super::read_bytes;

const CHINESE: &str = "您好，我上周在贵店买的茶具到货时已经碎了，请问可以退货吗？订单号是4411。";
const TAIWAN: &str = "您好，我上週在貴店買的茶具到貨時已經碎了，請問可以退貨嗎？訂單號碼是4411。";
const JAPANESE: &str = "先週注文した商品がまだ届きません。ご確認をお願いします。";
const KOREAN: &str = "지난주에 주문한 상품이 아직 도착하지 않았습니다. 확인 부탁드립니다.";
const FRENCH: &str = "Bonjour, la théière reçue hier est cassée. Où puis-je l’échanger ? À bientôt, Zoë";
const RUSSIAN: &str = "Здравствуйте, мой заказ до сих пор не пришёл. Подскажите, пожалуйста, где он?";

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, lost) = encoding.encode(text);
    assert!(!lost, "{text} in {}", encoding.name());
    bytes.into_owned()
}

fn body(declared: Option<&str>, bytes: &[u8]) -> (String, Vec<Defect>) {
    let kind = declared
        .map(|charset| format!("Content-Type: text/plain; charset={charset}\r\n"))
        .unwrap_or_default();
    let mut raw =
        format!("From: a@example.test\r\nDate: Sun, 1 Mar 2026 10:00:00 +0000\r\n{kind}\r\n").into_bytes();
    raw.extend_from_slice(bytes);
    let read = read_bytes(&raw);
    (read.body.text, read.defects)
}

#[test]
fn a_text_reads_the_same_whatever_charset_it_declares() {
    let iso_2022_jp = b"\x1b$B@h=5CmJ8$7$?>&IJ$,$^$@FO$-$^$;$s\x1b(B";
    let cases: &[(Option<&str>, Vec<u8>, &str)] = &[
        (Some("gb2312"), encoded(GBK, CHINESE), CHINESE),
        (Some("gb2312"), encoded(GB18030, "碁賣€𠮷 繁體字也在裡面"), "碁賣€𠮷 繁體字也在裡面"),
        (Some("GBK"), encoded(GBK, CHINESE), CHINESE),
        (Some("gb18030"), encoded(GB18030, CHINESE), CHINESE),
        (Some("\"x-gbk\""), encoded(GBK, CHINESE), CHINESE),
        (Some("cp936"), encoded(GBK, CHINESE), CHINESE),
        (Some("big5"), encoded(BIG5, TAIWAN), TAIWAN),
        (Some("cp950"), encoded(BIG5, TAIWAN), TAIWAN),
        (Some("Shift_JIS"), encoded(SHIFT_JIS, JAPANESE), JAPANESE),
        (Some("cp932"), encoded(SHIFT_JIS, JAPANESE), JAPANESE),
        (Some("iso-2022-jp"), iso_2022_jp.to_vec(), "先週注文した商品がまだ届きません"),
        (Some("euc-kr"), encoded(EUC_KR, KOREAN), KOREAN),
        (Some("ks_c_5601-1987"), encoded(EUC_KR, KOREAN), KOREAN),
        (Some("windows-1252"), encoded(WINDOWS_1252, FRENCH), FRENCH),
        (Some("iso-8859-1"), encoded(WINDOWS_1252, FRENCH), FRENCH),
        (Some("windows-1251"), encoded(WINDOWS_1251, RUSSIAN), RUSSIAN),
        (Some("utf-7"), b"+T2BZfQ-!".to_vec(), "你好!"),
        // Wrongly declared.
        (Some("utf-8"), encoded(GBK, CHINESE), CHINESE),
        (Some("utf-8"), encoded(BIG5, TAIWAN), TAIWAN),
        (Some("utf-8"), encoded(SHIFT_JIS, JAPANESE), JAPANESE),
        (Some("utf-8"), encoded(WINDOWS_1252, FRENCH), FRENCH),
        (Some("gb2312"), CHINESE.as_bytes().to_vec(), CHINESE),
        (Some("iso-8859-1"), CHINESE.as_bytes().to_vec(), CHINESE),
        (Some("us-ascii"), encoded(GBK, CHINESE), CHINESE),
        (Some("us-ascii"), CHINESE.as_bytes().to_vec(), CHINESE),
        (Some("x-unknown"), encoded(GBK, CHINESE), CHINESE),
        // Not declared.
        (None, CHINESE.as_bytes().to_vec(), CHINESE),
        (None, encoded(GBK, CHINESE), CHINESE),
        (None, encoded(BIG5, TAIWAN), TAIWAN),
        (None, encoded(SHIFT_JIS, JAPANESE), JAPANESE),
        (None, encoded(EUC_KR, KOREAN), KOREAN),
        (None, encoded(WINDOWS_1251, RUSSIAN), RUSSIAN),
        (None, encoded(WINDOWS_1252, FRENCH), FRENCH),
        (None, iso_2022_jp.to_vec(), "先週注文した商品がまだ届きません"),
        (None, [b"\xef\xbb\xbf", CHINESE.as_bytes()].concat(), CHINESE),
    ];
    for (declared, bytes, meant) in cases {
        let (text, defects) = body(*declared, bytes);
        assert_eq!(&text, meant, "declared {declared:?}");
        assert_eq!(defects, [], "declared {declared:?}");
    }
}

#[test]
fn damage_is_shown_where_it_is_and_named() {
    let mut bytes = CHINESE.as_bytes().to_vec();
    bytes[30] = 0xff;
    let (text, defects) = body(Some("utf-8"), &bytes);
    assert!(text.contains('\u{fffd}') && text.contains("到货时已经碎了"), "{text}");
    assert_eq!(defects, [Defect::BrokenCharset]);
}

#[test]
fn raw_bytes_in_headers_are_read_by_the_charset_of_the_letter_or_their_own_look() {
    let header = |charset: &str, subject: &[u8], name: &[u8]| {
        let kind = format!("Content-Type: text/plain; charset={charset}\n\nx");
        let raw =
            [b"Subject: ", subject, b"\nFrom: \"", name, b"\" <a@example.test>\n", kind.as_bytes()].concat();
        let read = read_bytes(&raw);
        (read.subject, read.from.unwrap().name)
    };
    let (subject, name) = ("退货申请", "王小明");
    let read = (subject.to_owned(), name.to_owned());
    assert_eq!(header("gb2312", &encoded(GBK, subject), &encoded(GBK, name)), read);
    assert_eq!(header("utf-8", subject.as_bytes(), name.as_bytes()), read);
    let long = "关于订单延迟发货与退款问题的投诉";
    assert_eq!(header("us-ascii", &encoded(GBK, long), name.as_bytes()).0, long);
}

#[test]
fn html_may_declare_its_charset_itself() {
    let html = format!("<html><head><meta charset=\"gb2312\"></head><body>{CHINESE}</body></html>");
    let mut raw = b"From: a@example.test\nContent-Type: text/html\n\n".to_vec();
    raw.extend_from_slice(&encoded(GBK, &html));
    let read = read_bytes(&raw);
    assert_eq!(read.body.text, CHINESE);
    assert!(read.body.html.unwrap().contains(CHINESE));
}

#[test]
fn names_in_addresses_are_read_however_they_are_written() {
    for (from, name, email) in [
        ("=?GBK?B?zfXQocP3?= <a@example.test>", "王小明", "a@example.test"),
        ("\"=?GBK?B?zfXQocP3?=\" <a@example.test>", "王小明", "a@example.test"),
        ("=?utf-8?B?546L5bCP?=\r\n =?utf-8?B?5piO?= <a@example.test>", "王小明", "a@example.test"),
        ("=?utf-8?Q?=22Smith=2C_Jo=22_=3Ca=40example=2Etest=3E?=", "Smith, Jo", "a@example.test"),
        ("a@example.test (Jo Smith)", "Jo Smith", "a@example.test"),
        ("\"a@example.test\" <a@example.test>", "", "a@example.test"),
        ("'Jo' <A@Example.test>", "Jo", "A@Example.test"),
        ("a@example.test", "", "a@example.test"),
        ("\"Smith, Jo\" <a@example.test>, b@example.test", "Smith, Jo", "a@example.test"),
    ] {
        let from_read = read_bytes(format!("From: {from}\r\n\r\nx").as_bytes()).from.unwrap();
        assert_eq!((from_read.name.as_str(), from_read.email.as_str()), (name, email), "{from}");
    }
}
