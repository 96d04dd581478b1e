//! Results as text: one line a point, shortest digits that read back, nothing where a figure does not exist.

use super::columns::{Columns, ParamColumn};
use super::disk::Sink;
use std::fmt::Write as _;
use std::io;

pub(crate) struct CsvWriter {
    sink: Box<dyn Sink>,
    params: Vec<ParamColumn>,
    line: String,
}

impl CsvWriter {
    pub(crate) fn new(mut sink: Box<dyn Sink>, columns: &Columns) -> io::Result<Self> {
        let params = columns.params.iter().map(|p| p.column.as_str());
        let figures = columns.figures.iter().map(String::as_str);
        let names: Vec<&str> = std::iter::once("point")
            .chain(params)
            .chain(figures)
            .collect();
        writeln!(sink, "{}", names.join(","))?;
        Ok(Self {
            sink,
            params: columns.params.clone(),
            line: String::new(),
        })
    }

    pub(crate) fn row(&mut self, number: u64, point: &[f64], figures: &[f64]) -> io::Result<()> {
        self.line.clear();
        // writing into a string cannot fail
        let _ = write!(self.line, "{number}");
        for (column, value) in self.params.iter().zip(point) {
            self.line.push(',');
            self.line.push_str(&column.text(*value));
        }
        for value in figures {
            self.line.push(',');
            if !value.is_nan() {
                let _ = write!(self.line, "{value}");
            }
        }
        self.line.push('\n');
        self.sink.write_all(self.line.as_bytes())
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.sink.sync()
    }
}
