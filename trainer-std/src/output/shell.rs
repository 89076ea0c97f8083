//! Commands as a line of shell.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::output::printable::escaped;

/// `words` as one line for a POSIX shell.
///
/// # Errors
/// If one has a character that cannot be shown in a line.
pub(crate) fn line(words: &[OsString]) -> Result<String> {
    let words = words.iter().map(|word| {
        let text = word.to_string_lossy();
        ensure!(
            word.to_str().is_some_and(|text| escaped(text) == text),
            "{}: has characters that cannot stand in a line of shell; use another path",
            escaped(&text)
        );
        Ok(quoted_word(&text))
    });
    Ok(words.collect::<Result<Vec<_>>>()?.join(" "))
}

/// `path` as one word of a line, for a message or a page: characters that are no Unicode are replaced.
pub(crate) fn quoted(path: &Path) -> String {
    quoted_word(&path.to_string_lossy())
}

/// `word` in single quotes, unless it means itself without.
fn quoted_word(word: &str) -> String {
    let means_itself = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    match !word.is_empty() && word.chars().all(means_itself) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_the_line_apart_into_the_same_words() {
        let words = ["a b", "it's", "$HOME", "`x`", "", "*", "é", "\\", "~", "!x", "--out=/x", "#"].map(OsString::from);
        let script = format!("printf '%s\\n' {}", line(&words).unwrap());
        let output = std::process::Command::new("sh").args(["-c", &script]).output();
        let Ok(output) = output else { return };
        let expected: String = words.iter().map(|word| format!("{}\n", word.to_str().unwrap())).collect();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }

    #[test]
    fn words_that_would_break_the_line_are_rejected() {
        for word in ["a\nb", "\u{1b}[2J", "\u{202e}"] {
            let message = line(&[word.into()]).unwrap_err().to_string();
            assert!(message.contains("cannot stand in a line of shell") && !message.contains('\n'), "{message}");
        }
    }
}
