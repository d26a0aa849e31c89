//! Names of attachments: chosen by strangers, used on this machine's disk.

/// Characters of a name, its extension among them.
const LONGEST: usize = 120;
/// A dot further than this from the end begins no extension.
const LONGEST_EXTENSION: usize = 16;
const NAMELESS: &str = "attachment";

/// Names that mean a device on Windows, with any extension.
const DEVICES: &[&str] = &[
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "conin$",
    "conout$", "com¹", "com²", "com³", "lpt¹", "lpt²", "lpt³",
];

/// A name to show and to save under on any system: no path, no control or bidirectional character, no device name, no leading or trailing dot,
/// at most 120 characters with the extension kept, never empty.
pub fn safe_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim_matches(['.', ' ']).is_empty());
    let line = model::text::one_line(last.unwrap_or(""));
    let plain: String = line.chars().map(|c| if is_reserved(c) { '_' } else { c }).collect();
    let plain = plain.trim_matches(is_edge);
    let short = shortened(plain);
    match short.trim_matches(is_edge) {
        "" => NAMELESS.to_owned(),
        short if is_device(short) => format!("_{short}"),
        short => short.to_owned(),
    }
}

const fn is_reserved(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
}

/// What a file may not begin with (hidden) or end with (Windows drops it).
fn is_edge(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or("").trim_end().to_lowercase();
    DEVICES.contains(&stem.as_str())
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let (stem, extension) = match name.rfind('.').map(|dot| name.split_at(dot)) {
        Some((stem, extension)) if extension.chars().count() <= LONGEST_EXTENSION => (stem, extension),
        _ => (name, ""),
    };
    let room = LONGEST - extension.chars().count();
    let stem: String = stem.chars().take(room).collect();
    format!("{}{extension}", stem.trim_end_matches(is_edge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_says_nothing_of_where_to_save() {
        for (hostile, safe) in [
            ("../../x", "x"),
            ("..\\..\\windows\\system32\\evil.dll", "evil.dll"),
            ("/etc/passwd", "passwd"),
            ("C:\\autoexec.bat", "autoexec.bat"),
            ("a/..", "a"),
            ("..", "attachment"),
            ("", "attachment"),
            (" . ", "attachment"),
            (".bashrc", "bashrc"),
            ("nul", "_nul"),
            ("COM1.txt", "_COM1.txt"),
            ("report.pdf. . ", "report.pdf"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("a\u{0}b\nc.txt", "a b c.txt"),
            ("what?*.txt", "what__.txt"),
            ("发票（2026年）.pdf", "发票（2026年）.pdf"),
        ] {
            assert_eq!(safe_file_name(hostile), safe, "{hostile:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = safe_file_name(&format!("{}.tar.gz", "长".repeat(500)));
        assert_eq!(name.chars().count(), 120);
        assert!(name.ends_with(".gz"));
    }

    proptest! {
        #[test]
        fn no_name_is_empty_long_or_a_path(name in "\\PC{0,300}", tail in "[./\\\\ :\u{202e}\u{0}a]{0,10}") {
            let safe = safe_file_name(&format!("{name}{tail}"));
            prop_assert!(!safe.is_empty() && safe.chars().count() <= 121);
            let reserved = safe.contains(['/', '\\', '\u{0}', '\u{202e}', ':']);
            prop_assert!(!reserved);
            prop_assert!(!safe.starts_with('.') && !safe.ends_with(['.', ' ']));
            prop_assert_eq!(safe_file_name(&safe), safe);
        }
    }
}
