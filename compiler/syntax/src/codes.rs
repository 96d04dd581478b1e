//! The codes of this crate's messages. A code is never reused; each has a page `docs/errors/<code>.md`.

/// A code with its one-line title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeTitle {
    /// `E0001`
    pub code: &'static str,
    /// What it is about, a short phrase.
    pub title: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal;)*) => {
        $(
            #[doc = $title]
            $(#[$doc])*
            pub const $name: &str = $code;
        )*
        /// Every code of this crate, in order.
        pub const ALL: &[CodeTitle] = &[$(CodeTitle { code: $code, title: $title }),*];
    };
}

codes! {
    EXPECTED_ITEM = "E0001", "not an item: a file holds strategies, indicators, functions, enums, tests and `use` lines";
    UNEXPECTED = "E0002", "something else was expected here";
    UNKNOWN_STATEMENT = "E0003", "no statement begins with this word";
    UNCLOSED_BRACE = "E0004", "a block is never closed";
    EXTRA_BRACE = "E0005", "this brace closes nothing";
    BRACKETS = "E0006", "brackets do not match";
    MISSING_HEADER = "E0007", "the file does not begin with its edition";
    OPEN_STRING = "E0008", "a text is never closed";
    FOREIGN_CHARACTER = "E0009", "a character that the language does not use";
    CHAINED_COMPARISON = "E0010", "comparisons can't be chained";
    ASSIGN_OR_EQUAL = "E0011", "`=` names a value, `==` compares";
    SYMBOL_OPERATOR = "E0012", "an operator of another language";
    REASSIGNMENT = "E0013", "a value is named once and never changed";
    TERNARY = "E0014", "a choice is written with `if`, `then`, `else`";
    METHOD_CALL = "E0015", "a function is called by its bare name";
    NUMBER_FORM = "E0016", "a number in a form that can't be read";
    UNKNOWN_UNIT = "E0017", "a number with an unknown unit";
    WRONG_PLACE = "E0018", "a statement in a block it does not belong to";
    LINE_END = "E0019", "the line should have ended";
    TOO_LARGE = "E0020", "too deep, too long or too large to be read";
    RESERVED_WORD = "E0022", "a word of the language can't be a name";
    INCOMPLETE_IF = "E0023", "`if` chooses between two values";
    BARS_OF_NAME = "E0024", "`bars` follows a literal number only";
    MISSING_GIVE = "E0025", "an indicator ends with `give`";
    FOREIGN_COMMENT = "E0026", "a comment of another language";
    MISSING_NAME = "E0027", "a name is missing";
    UNKNOWN_EDITION = "E0801", "an edition that this compiler does not know";
}

/// The title of a code of this crate.
pub fn title(code: &str) -> Option<&'static str> {
    ALL.iter().find(|c| c.code == code).map(|c| c.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(ALL.windows(2).all(|w| w[0].code < w[1].code));
        assert_eq!(
            title("E0007"),
            Some("the file does not begin with its edition")
        );
    }
}
