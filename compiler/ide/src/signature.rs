//! The parameters of the call that the cursor stands in.

use crate::analysis::Analysis;
use crate::complete::context::Context;
use crate::hover::doc_text;

/// A call's head with the parameter that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `ema(x: num, n: bars) -> num`
    pub label: String,
    /// Bytes of each parameter in the label.
    pub parameters: Vec<(usize, usize)>,
    /// The one being written.
    pub active: Option<usize>,
    /// Doc comment as Markdown.
    pub doc: String,
}

impl Analysis {
    /// The innermost call around an offset.
    pub fn signature(&self, offset: usize) -> Option<Signature> {
        let context = Context::of(self, offset)?;
        let call = context.calls.last()?;
        let c = self.callable(&call.callee)?;
        let mut label = format!("{}(", c.name);
        let mut parameters = Vec::new();
        for (i, f) in c.formals.iter().enumerate() {
            if i > 0 {
                label.push_str(", ");
            }
            let start = label.len();
            label.push_str(&f.written());
            parameters.push((start, label.len()));
        }
        label.push_str(") -> ");
        label.push_str(&c.returns);
        let active = match &call.named {
            Some(n) => c.formals.iter().position(|f| f.name == *n),
            None => Some(call.position).filter(|p| *p < c.formals.len()),
        };
        Some(Signature {
            label,
            parameters,
            active,
            doc: doc_text(&c.doc),
        })
    }
}
