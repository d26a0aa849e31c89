//! Folder names as IMAP carries them: modified UTF-7 (RFC 3501, section 5.1.3). Never fails: a name that is no such thing is shown as it is.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const SHIFTED: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What a person reads.
pub(super) fn decode(name: &str) -> String {
    try_decode(name).unwrap_or_else(|| name.to_owned())
}

fn try_decode(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, shifted)) = rest.split_once('&') {
        let (inner, after) = shifted.split_once('-')?;
        out.push_str(plain);
        if inner.is_empty() {
            out.push('&')
        } else {
            out.push_str(&unshift(inner)?)
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

fn unshift(inner: &str) -> Option<String> {
    let bytes = SHIFTED.decode(inner).ok()?;
    let units: Vec<u16> =
        bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?))).collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_read_as_the_standard_says() {
        assert_eq!(decode("~peter/mail/&U,BTFw-/&ZeVnLIqe-"), "~peter/mail/台北/日本語");
        assert_eq!(decode("&XfJT0ZAB-"), "已发送");
        assert_eq!(decode("Tom &- Jerry"), "Tom & Jerry");
    }

    #[test]
    fn a_broken_name_is_shown_as_it_is() {
        for name in ["a&b", "&!!-", "&2D0-"] {
            assert_eq!(decode(name), name);
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_the_decoder(name in ".*") {
            decode(&name);
        }
    }
}
