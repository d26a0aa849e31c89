//! Text of any kind as a letter's HTML: nothing that acts comes out, and cleaning it again finds nothing to clean.
#![no_main]

use app::letter::{self, Options};
use libfuzzer_sys::fuzz_target;
use remote::mail::markup::{Event, walk};

fuzz_target!(|html: &str| {
    for images in [false, true] {
        let options = Options { images, ..Options::default() };
        let cleaned = letter::sanitise(html, &options);
        walk(&cleaned.html, |_| true, &mut |event| {
            if let Event::Open { name, attributes } = event {
                assert!(!matches!(name, "script" | "style" | "svg" | "math" | "iframe" | "form" | "base" | "meta" | "link"));
                for (attribute, value) in attributes {
                    assert!(!attribute.starts_with("on"));
                    assert!(attribute != "href" || !value.starts_with("javascript"));
                    assert!(attribute != "src" || images || value.starts_with("data:image/"));
                }
            }
            true
        });
    }
    letter::survey(html, "");
});
