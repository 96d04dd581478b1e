//! Tokens: a quick, total cut of any text, comments and line ends included.

use logos::Logos;

/// What a token is.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[logos(skip(r"[ \t]+"))]
pub enum Token {
    // ---- space
    /// A line end: LF, CRLF or CR.
    #[regex(r"\r\n|\n|\r")]
    Newline,
    /// `// …` up to the line end.
    #[regex(r"//([^/\r\n][^\r\n]*)?|////[^\r\n]*", allow_greedy = true)]
    Comment,
    /// `/// …`
    #[regex(r"///([^/\r\n][^\r\n]*)?", allow_greedy = true)]
    Doc,
    /// `#sbt 1`
    #[regex(r"#sbt[ \t]+[0-9]+", priority = 20)]
    Header,

    // ---- names and values
    /// A name or a keyword.
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
    Word,
    /// `#up`
    #[regex(r"#[A-Za-z_][A-Za-z0-9_]*")]
    Label,
    /// `1.5`, `60_000`, `1e-9`
    #[regex(r"[0-9]+(_[0-9]+)*(\.[0-9]+)?([eE][+-]?[0-9]+)?", priority = 10)]
    Number,
    /// `2%`
    #[regex(r"[0-9]+(_[0-9]+)*(\.[0-9]+)?([eE][+-]?[0-9]+)?%", priority = 10)]
    Percent,
    /// `3R`
    #[regex(r"[0-9]+(_[0-9]+)*(\.[0-9]+)?([eE][+-]?[0-9]+)?R", priority = 12)]
    Risk,
    /// `48 bars`
    #[regex(r"[0-9]+(_[0-9]+)*[ \t]+bars?", priority = 12)]
    Bars,
    /// `4h`
    #[regex(r"[0-9]+[smhdw]", priority = 12)]
    Timeframe,
    /// Digits that run into letters: `15min`, `1_`, `2x`.
    #[regex(r"[0-9]+(\.[0-9]+)?[A-Za-z_][A-Za-z0-9_]*", priority = 5)]
    BadNumber,
    /// `"text"`
    #[regex(r#""[^"\r\n]*""#, allow_greedy = true)]
    Str,
    /// A string whose closing quote is missing.
    #[regex(r#""[^"\r\n]*"#, allow_greedy = true)]
    OpenStr,

    // ---- punctuation
    /// `(`
    #[token("(")]
    LParen,
    /// `)`
    #[token(")")]
    RParen,
    /// `[`
    #[token("[")]
    LBracket,
    /// `]`
    #[token("]")]
    RBracket,
    /// `{`
    #[token("{")]
    LBrace,
    /// `}`
    #[token("}")]
    RBrace,
    /// `,`
    #[token(",")]
    Comma,
    /// `:`
    #[token(":")]
    Colon,
    /// `.`
    #[token(".")]
    Dot,
    /// `..`
    #[token("..")]
    DotDot,
    /// `..<`
    #[token("..<")]
    DotDotLess,
    /// `->`
    #[token("->")]
    Arrow,
    /// `=`
    #[token("=")]
    Assign,
    /// `==`
    #[token("==")]
    EqEq,
    /// `!=`
    #[token("!=")]
    Ne,
    /// `<`
    #[token("<")]
    Lt,
    /// `<=`
    #[token("<=")]
    Le,
    /// `>`
    #[token(">")]
    Gt,
    /// `>=`
    #[token(">=")]
    Ge,
    /// `+`
    #[token("+")]
    Plus,
    /// `-`
    #[token("-")]
    Minus,
    /// `*`
    #[token("*")]
    Star,
    /// `/`
    #[token("/")]
    Slash,
    /// `??`
    #[token("??")]
    OrElse,
    /// `?` of an optional type
    #[token("?")]
    Question,
    /// `^` of a type's exponent
    #[token("^")]
    Caret,

    // ---- what other languages write
    /// `&&` or `&`
    #[token("&&")]
    #[token("&")]
    Ampersand,
    /// `||` or `|`
    #[token("||")]
    #[token("|")]
    Pipe,
    /// `!`
    #[token("!")]
    Bang,
    /// `:=`
    #[token(":=")]
    ColonAssign,
    /// `+=`, `-=`, `*=`, `/=`
    #[token("+=")]
    #[token("-=")]
    #[token("*=")]
    #[token("/=")]
    UpdateAssign,
    /// `=>`
    #[token("=>")]
    FatArrow,
    /// `<>`
    #[token("<>")]
    Diamond,
    /// `**`
    #[token("**")]
    StarStar,
    /// A `%` that belongs to no number.
    #[token("%")]
    PercentSign,
    /// `;`
    #[token(";")]
    Semicolon,
    /// `/*` up to `*/`, on one line or several.
    #[regex(r"/\*([^*]|\*+[^*/])*\*+/", allow_greedy = true)]
    BlockComment,
    /// A character the language does not use.
    #[regex(r"[^\r\n]", priority = 0)]
    Unknown,
}

impl Token {
    /// Space and comments: no part of any statement.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Newline | Self::Comment | Self::Doc)
    }

    /// Never part of a correct program.
    pub fn is_foreign(self) -> bool {
        matches!(
            self,
            Self::BadNumber
                | Self::OpenStr
                | Self::Ampersand
                | Self::Pipe
                | Self::Bang
                | Self::ColonAssign
                | Self::UpdateAssign
                | Self::FatArrow
                | Self::Diamond
                | Self::StarStar
                | Self::PercentSign
                | Self::Semicolon
                | Self::BlockComment
                | Self::Unknown
        )
    }

    /// A literal.
    pub fn is_literal(self) -> bool {
        matches!(
            self,
            Self::Number | Self::Percent | Self::Risk | Self::Bars | Self::Timeframe | Self::Str
        )
    }
}

/// A token where it stands, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexed {
    /// What.
    pub token: Token,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Lexed {
    /// Its text; empty if `text` is not what was lexed.
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }
}

/// All tokens of a text in order; spaces, tabs and a leading byte order mark are left out. Never fails.
pub fn lex(text: &str) -> Vec<Lexed> {
    let skipped = text.len() - text.trim_start_matches('\u{FEFF}').len();
    Token::lexer(&text[skipped..])
        .spanned()
        .map(|(token, range)| Lexed {
            token: token.unwrap_or(Token::Unknown),
            start: (range.start + skipped) as u32,
            end: (range.end + skipped) as u32,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        lex(text)
            .iter()
            .map(|l| format!("{:?}:{}", l.token, l.text(text).escape_debug()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn numbers_and_ranges() {
        assert_eq!(
            show("5..60 0.5%..4% 1e-9 60_000"),
            "Number:5 DotDot:.. Number:60 Percent:0.5% DotDot:.. Percent:4% Number:1e-9 Number:60_000"
        );
        assert_eq!(
            show("0..<n 48 bars 3R 4h 15min 1_ 2.5x"),
            "Number:0 DotDotLess:..< Word:n Bars:48 bars Risk:3R Timeframe:4h BadNumber:15min BadNumber:1_ BadNumber:2.5x"
        );
        assert_eq!(
            show(".5 5. 1,5 1e5 1e"),
            "Dot:. Number:5 Number:5 Dot:. Number:1 Comma:, Number:5 Number:1e5 BadNumber:1e"
        );
    }

    #[test]
    fn comments_and_line_ends() {
        assert_eq!(
            show("a // b\r\n/// doc\n//// c\r//"),
            "Word:a Comment:// b Newline:\\r\\n Doc:/// doc Newline:\\n Comment://// c Newline:\\r Comment://"
        );
        assert_eq!(
            show("a /* b\n * c */ d / e"),
            "Word:a BlockComment:/* b\\n * c */ Word:d Slash:/ Word:e"
        );
        assert_eq!(show("///"), "Doc:///");
    }

    #[test]
    fn header_label_and_strings() {
        assert_eq!(
            show("#sbt 1\n#up #sbt \"a b\" \"open"),
            "Header:#sbt 1 Newline:\\n Label:#up Label:#sbt Str:\\\"a b\\\" OpenStr:\\\"open"
        );
    }

    #[test]
    fn foreign_characters_keep_their_boundaries() {
        assert_eq!(
            show("“x” ≥ é"),
            "Unknown:“ Word:x Unknown:” Unknown:≥ Unknown:é"
        );
        assert_eq!(show("\u{FEFF}let"), "Word:let");
        assert_eq!(lex("\u{FEFF}let")[0].start, 3);
    }
}
