//! Where the line of a long statement breaks.

/// A token to be written.
pub(super) struct Piece {
    /// What is written.
    pub text: String,
    /// Its offset in the source.
    pub start: u32,
    /// Spaces before it when it does not begin a line.
    pub space: usize,
    /// Brackets open around it.
    pub depth: usize,
    /// How readily the line breaks before it, 0 first; `None` never.
    pub split: Option<u8>,
    /// The line always breaks before it.
    pub always: bool,
}

/// A line of output: pieces `from..to`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub indent: usize,
    pub from: usize,
    pub to: usize,
}

/// The class of a break after a comma.
pub(super) const LIST: u8 = 1;

/// Cuts a statement into lines. Depends on the pieces alone, never on where the source broke its lines.
pub(super) fn lay_out(pieces: &[Piece], indent: usize, width: usize) -> Vec<Written> {
    let mut lines = Vec::new();
    let mut from = 0;
    for at in 1..=pieces.len() {
        if at == pieces.len() || pieces[at].always {
            let indent = if from == 0 { indent } else { indent + 2 };
            fill(pieces, from, at, indent, width, &mut lines);
            from = at;
        }
    }
    lines
}

fn fill(
    pieces: &[Piece],
    from: usize,
    to: usize,
    indent: usize,
    width: usize,
    out: &mut Vec<Written>,
) {
    if from >= to {
        return;
    }
    let splits = || {
        pieces[from + 1..to]
            .iter()
            .filter_map(|p| p.split.map(|class| (p.depth, class)))
    };
    let outermost = splits().min();
    let (Some((depth, class)), true) = (outermost, indent + measure(pieces, from, to) > width)
    else {
        out.push(Written { indent, from, to });
        return;
    };
    let mut start = from;
    let mut last = from;
    for at in from + 1..=to {
        let splits = at < to && pieces[at].depth == depth && pieces[at].split == Some(class);
        if at < to && !splits {
            continue;
        }
        // A list is filled: its line breaks before the element that does not fit.
        let list = class == LIST;
        if list && last > start {
            let indent = if start == from { indent } else { indent + 2 };
            if indent + measure(pieces, start, at) > width {
                fill(pieces, start, last, indent, width, out);
                start = last;
            }
        } else if !list && splits {
            let indent = if start == from { indent } else { indent + 2 };
            fill(pieces, start, at, indent, width, out);
            start = at;
        }
        if splits {
            last = at;
        }
    }
    let indent = if start == from { indent } else { indent + 2 };
    fill(pieces, start, to, indent, width, out);
}

fn measure(pieces: &[Piece], from: usize, to: usize) -> usize {
    pieces[from..to]
        .iter()
        .enumerate()
        .map(|(at, p)| p.text.chars().count() + if at == 0 { 0 } else { p.space })
        .sum()
}
