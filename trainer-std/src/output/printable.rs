//! Text of others (files, devices, other programs) as it may be printed: it can hold escape sequences that a terminal obeys,
//! characters that reverse or hide what follows, and any number of them.

/// Characters of a name or a message that are printed.
const MAX_CHARS: usize = 200;

/// `text` on one line, as [`escaped`], and shortened if it is long.
pub(crate) fn printable(text: &str) -> String {
    shortened(text, MAX_CHARS)
}

/// The first `max` characters of `text`, as [`escaped`], followed by dots if there are more.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => escaped(&text[..end]) + "...",
        None => escaped(text),
    }
}

/// `text` with Rust's escapes, such as `\n` or `\u{202e}`, for all characters that are not seen as themselves: controls,
/// formatting and direction marks, separators. What is escaped already stays as it is.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().map(escaped_char).collect()
}

fn escaped_char(c: char) -> String {
    match c {
        ' '..='~' => c.into(),
        // Behind another character, where a combining one is seen as part of it.
        _ => format!(" {c}").escape_debug().skip(1).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_obeys_or_hides_is_escaped() {
        assert_eq!(escaped("\x1b[2J\r\n\t\x07\x7f"), r"\u{1b}[2J\r\n\t\u{7}\u{7f}");
        assert_eq!(
            escaped("a\u{202e}b\u{2066}c\u{200b}d\u{feff}\u{2028}"),
            r"a\u{202e}b\u{2066}c\u{200b}d\u{feff}\u{2028}"
        );
        assert_eq!(escaped("\u{9b}31m\u{85}"), r"\u{9b}31m\u{85}");
    }

    #[test]
    fn readable_text_stays_as_it_is() {
        for text in ["C:\\runs\\0001, \"it's\"", "Fréchet, cafe\u{301}, 数字, ٣, 😀", ""] {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn long_text_is_shortened_before_it_is_escaped() {
        assert_eq!(printable(&"é".repeat(MAX_CHARS)), "é".repeat(MAX_CHARS));
        assert_eq!(printable(&"\x1b".repeat(9_999)), r"\u{1b}".repeat(MAX_CHARS) + "...");
    }

    proptest! {
        #[test]
        fn nothing_is_escaped_twice_or_left_to_escape(text: String) {
            let once = escaped(&text);
            prop_assert!(!once.chars().any(char::is_control));
            prop_assert_eq!(escaped(&once), once);
        }
    }
}
