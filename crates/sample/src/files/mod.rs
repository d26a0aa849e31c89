//! The files mails come with. Each is one of a small stock of contents, so that a sample of any size keeps few of them.

mod paper;
mod photo;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use rand::{Rng, rngs::SmallRng};

use crate::{
    case::{self, Telling},
    goods::Class,
    rng::chance,
    script::Lang,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A photograph of something of this class, whole or not.
    Photo {
        class: u8,
        broken: bool,
    },
    /// The firm's mark below a newsletter.
    Logo,
    Invoice,
    Quotation,
    Orders,
    Log,
    Invitation,
}

/// A content of the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Content {
    pub kind: Kind,
    pub variant: u8,
}

impl Content {
    /// The bytes: always the same for the same content.
    pub fn bytes(self) -> Arc<[u8]> {
        let mut stock = STOCK.lock().unwrap_or_else(PoisonError::into_inner);
        stock.entry(self).or_insert_with(|| self.made().into()).clone()
    }

    fn made(self) -> Vec<u8> {
        match self.kind {
            Kind::Photo { class, broken } => photo::taken(class, broken, self.variant),
            Kind::Logo => photo::logo(),
            Kind::Invoice => paper::invoice(self.variant),
            Kind::Quotation => paper::quotation(self.variant),
            Kind::Orders => paper::orders(self.variant),
            Kind::Log => paper::log(self.variant),
            Kind::Invitation => paper::invitation(self.variant),
        }
    }

    pub fn media_type(self) -> &'static str {
        match self.kind {
            Kind::Photo { .. } | Kind::Logo => "image/png",
            Kind::Invoice | Kind::Quotation => "application/pdf",
            Kind::Orders => "text/csv",
            Kind::Log => "text/plain",
            Kind::Invitation => "text/calendar",
        }
    }
}

/// The contents already made, since drawing one takes longer than writing a thousand letters: about a hundred, a megabyte in all.
static STOCK: LazyLock<Mutex<BTreeMap<Content, Arc<[u8]>>>> = LazyLock::new(Mutex::default);

/// A content under the name its sender gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub content: Content,
    pub name: String,
    /// Shown inside the HTML under this `Content-ID`.
    pub content_id: Option<&'static str>,
}

/// Variants of each kind in the stock.
const VARIANTS: u8 = 6;

/// The files for `wanted`, a word of the texts; often none, since people forget them.
pub fn chosen(wanted: &str, telling: &Telling<'_>, rng: &mut SmallRng) -> Vec<File> {
    let zh = telling.case.lang == Lang::Zh;
    let one = |kind: Kind, name: String, rng: &mut SmallRng| {
        let variant = rng.random_range(0..VARIANTS);
        vec![File { content: Content { kind, variant }, name, content_id: None }]
    };
    match wanted {
        "photo" | "broken" if chance(rng, 0.9) => photos(wanted == "broken", telling, rng),
        "csv" => one(Kind::Orders, if zh { "订单明细.csv" } else { "order-lines.csv" }.to_owned(), rng),
        "log" if chance(rng, 0.6) => one(Kind::Log, "network-log.txt".to_owned(), rng),
        "invoice" => {
            let name = if zh { "电子发票_{order}.pdf" } else { "{invoice}.pdf" };
            one(Kind::Invoice, telling.tell(name, rng), rng)
        }
        "quotation" => one(
            Kind::Quotation,
            if zh { "报价单{year}.pdf" } else { "Quotation {year}.pdf" }
                .replace("{year}", &telling.tell("{year}", rng)),
            rng,
        ),
        "invitation" => one(Kind::Invitation, "invite.ics".to_owned(), rng),
        "logo" => vec![File {
            content: Content { kind: Kind::Logo, variant: 0 },
            name: "logo.png".to_owned(),
            content_id: Some("logo@news"),
        }],
        _ => Vec::new(),
    }
}

fn photos(broken: bool, telling: &Telling<'_>, rng: &mut SmallRng) -> Vec<File> {
    let class = class_number(telling.case.product.class);
    let count = rng.random_range(1..=3u32);
    let named = rng.random_range(0..4);
    let start = rng.random_range(1_000..9_000u32);
    let day = case::local(telling.at);
    let mut photo = |n: u32| {
        let variant = rng.random_range(0..VARIANTS);
        let name = match (named, telling.case.lang) {
            (0, Lang::Zh) => format!("开箱照片-{n}.png"),
            (1, Lang::Zh) => format!("微信图片_{}{start}{n}.png", day.strftime("%Y%m%d")),
            (2, Lang::Zh) => format!("{}{n}.png", telling.case.product.zh_noun),
            (0, Lang::En) => format!("Screenshot {n}.png"),
            (1, Lang::En) => format!("{} {n}.png", telling.case.product.en_noun),
            _ => format!("IMG_{}.png", start + n),
        };
        File { content: Content { kind: Kind::Photo { class, broken }, variant }, name, content_id: None }
    };
    (1..=count).map(&mut photo).collect()
}

/// Which of the eight pictures shows it.
fn class_number(class: Class) -> u8 {
    match class {
        Class::Ceramic | Class::Decor => 0,
        Class::Glass => 1,
        Class::Kettle | Class::Electric => 2,
        Class::Lamp => 3,
        Class::Textile | Class::Cloth => 4,
        Class::Wood | Class::Furniture => 5,
        Class::Metal => 6,
        Class::Tea | Class::Pantry => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Content> {
        let photos = (0..8).flat_map(|class| [true, false].map(|broken| Kind::Photo { class, broken }));
        let others = [Kind::Logo, Kind::Invoice, Kind::Quotation, Kind::Orders, Kind::Log, Kind::Invitation];
        let of_kind = |kind| (0..VARIANTS).map(move |variant| Content { kind, variant });
        photos.chain(others).flat_map(of_kind).collect()
    }

    #[test]
    fn every_content_is_what_its_media_type_says_and_small() {
        for content in all() {
            let bytes = content.bytes();
            let right = match content.media_type() {
                "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
                "application/pdf" => bytes.starts_with(b"%PDF-1.4") && bytes.ends_with(b"%%EOF\n"),
                "text/calendar" => bytes.starts_with(b"BEGIN:VCALENDAR"),
                _ => std::str::from_utf8(&bytes).is_ok(),
            };
            assert!(right, "{content:?}");
            assert!((100..80_000).contains(&bytes.len()), "{content:?} has {} bytes", bytes.len());
            assert_eq!(*bytes, content.made());
        }
    }

    #[test]
    fn photographs_differ() {
        let mut pictures: Vec<Arc<[u8]>> = all()
            .into_iter()
            .filter(|one| matches!(one.kind, Kind::Photo { .. }))
            .map(Content::bytes)
            .collect();
        let before = pictures.len();
        pictures.sort();
        pictures.dedup();
        assert_eq!(pictures.len(), before);
    }
}
