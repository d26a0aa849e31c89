//! The last word on what is shown: the draft, parsed as a browser parses it and kept to the list.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use ammonia::{Builder, Url, UrlRelative};

use super::draft::Draft;
use super::link::Target;
use super::{Cleaned, Options, allowed, style};

/// Takes out everything that acts, tracks or covers.
pub fn sanitise(html: &str, options: &Options) -> Cleaned {
    let draft = Draft::of(html, options);
    let html = builder(options).clean(&draft.html).to_string();
    Cleaned {
        html,
        blocked_images: draft.blocked_images,
        coloured: draft.coloured,
        cut: draft.cut,
        inline_origins: origins(options),
        images: options.images,
    }
}

/// The origins of inline images that are given as whole addresses.
fn origins(options: &Options) -> Vec<String> {
    let origin = |path: &String| {
        let url = Url::parse(path).ok()?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}://{}{port}", url.scheme(), url.host_str()?))
    };
    let origins: BTreeSet<String> = options.inline.values().filter_map(origin).collect();
    origins.into_iter().collect()
}

fn builder(options: &Options) -> Builder<'static> {
    let mut builder = Builder::empty();
    let mut schemes = HashSet::from(["http", "https", "mailto", "tel", "data"]);
    schemes.extend(own_schemes(options));
    let own: HashMap<&str, HashSet<&str>> =
        allowed::OWN.iter().map(|(name, attributes)| (*name, attributes.iter().copied().collect())).collect();
    let inline: HashSet<String> = options.inline.values().cloned().collect();
    let images = options.images;
    builder
        .tags(allowed::ELEMENTS.iter().copied().collect())
        .generic_attributes(allowed::EVERYWHERE.iter().copied().collect())
        .tag_attributes(own)
        // Addresses are decided one by one below, where the element is known.
        .url_schemes(schemes)
        .url_relative(UrlRelative::PassThrough)
        .link_rel((!options.leaving).then_some("noopener noreferrer nofollow"))
        .clean_content_tags(HashSet::from([
            "script", "style", "svg", "math", "iframe", "object", "template", "title",
        ]))
        .strip_comments(true)
        .attribute_filter(move |element, name, value| filtered(element, name, value, images, &inline));
    builder
}

/// The schemes inline images are served under, of those the desk uses.
fn own_schemes(options: &Options) -> Vec<&'static str> {
    const KNOWN: &[&str] = &["mail", "cid"];
    let used = |known: &&&str| options.inline.values().any(|path| path.starts_with(&format!("{known}:")));
    KNOWN.iter().filter(used).copied().collect()
}

fn filtered<'v>(
    element: &str,
    name: &str,
    value: &'v str,
    images: bool,
    inline: &HashSet<String>,
) -> Option<Cow<'v, str>> {
    match (element, name) {
        ("a", "href") => Target::parse(value).map(|target| Cow::Owned(target.href)),
        ("img", "src") => {
            let remote = images && value.starts_with("https://");
            let own = value.starts_with("data:image/") && !value.starts_with("data:image/svg");
            (remote || own || inline.contains(value)).then_some(Cow::Borrowed(value))
        }
        ("a", "target") => (value == "_blank").then_some(Cow::Borrowed(value)),
        ("a", "rel" | "data-href" | "data-mismatch") => Some(Cow::Borrowed(value)),
        (_, "style") => Some(style::filter(value).style).filter(|style| !style.is_empty()).map(Cow::Owned),
        (_, "href" | "src") => None,
        _ => allowed::value(element, name, value).map(Cow::Owned),
    }
}
