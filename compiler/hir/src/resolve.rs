//! Which definition a name means: the file's own, that of a module it uses, or the library's.
//!
//! A name is looked up from where it is written: a module's body sees the module's names and those of the modules that the
//! module itself uses, never its caller's. A file's own definition wins over one that a module brings, so that a module may
//! grow without breaking its users; a name that two used modules bring is refused where it is used.

use crate::check::Checker;
use crate::scope::{Def, Origin, WEEKDAY, item_name};
use crate::unit::EnumId;
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{self, Item};

impl<'a> Checker<'a> {
    /// Where the text being elaborated comes from.
    pub(crate) fn origin(&self) -> Origin {
        self.calls.last().map_or(Origin::Main, |c| c.2)
    }

    /// Modules that the text of this origin uses.
    fn uses(&self, origin: Origin) -> Vec<usize> {
        match origin {
            Origin::Main => self.src.uses.iter().map(|u| u.0).collect(),
            Origin::Module(m) => self.src.modules[m].uses.clone(),
            Origin::Prelude => Vec::new(),
        }
    }

    /// The item of a name, seen from here.
    fn item(&self, name: &str) -> Option<(&'a Item, Origin)> {
        let here = self.origin();
        let src = self.src;
        let own = match here {
            Origin::Main => self.defs.items.get(name).copied(),
            Origin::Module(m) => src.modules[m].items.item(name),
            Origin::Prelude => None,
        };
        if let Some(item) = own {
            return Some((item, here));
        }
        let used = self.uses(here).into_iter().find_map(|m| {
            let item = src.modules[m].items.item(name)?;
            Some((item, Origin::Module(m)))
        });
        used.or_else(|| Some((src.library.item(name)?, Origin::Prelude)))
    }

    /// The callable of a name, seen from here.
    pub(crate) fn definition(&self, name: &str) -> Option<(Def<'a>, Origin)> {
        let (item, origin) = self.item(name)?;
        Some((Def::of(item)?, origin))
    }

    /// The enum of a name, seen from here.
    pub(crate) fn enumeration(&mut self, name: &str) -> Option<EnumId> {
        if name == "Weekday" {
            return Some(WEEKDAY);
        }
        let (item, origin) = self.item(name)?;
        let Item::Enum(e) = item else { return None };
        self.mark(name, origin);
        let key = (origin, name.to_string());
        if let Some(&id) = self.defs.enums.get(&key) {
            return Some(id);
        }
        let id = EnumId(self.defs.enum_list.len() as u32);
        self.defs.enums.insert(key, id);
        let members = e.members.iter().map(|m| m.name.clone()).collect();
        self.defs.enum_list.push((e.name.name.clone(), members));
        Some(id)
    }

    /// Remembers that the main file refers to a definition.
    pub(crate) fn mark(&mut self, name: &str, origin: Origin) {
        if self.origin() != Origin::Main {
            return;
        }
        match origin {
            Origin::Main => {
                if let Some((&name, _)) = self.defs.items.get_key_value(name) {
                    // a definition that only calls itself is not used by that
                    if self.calls.last().is_none_or(|c| c.0 != name) {
                        self.defs.used.insert(name);
                    }
                }
            }
            Origin::Module(m) => {
                self.defs.used_modules.insert(m);
            }
            Origin::Prelude => {}
        }
    }

    /// Reports a name that two used modules define; whether it is one.
    pub(crate) fn ambiguous(&mut self, name: &str, at: Span, origin: Origin) -> bool {
        let Origin::Module(first) = origin else {
            return false;
        };
        if self.origin() == origin {
            return false;
        }
        let src = self.src;
        let paths: Vec<String> = self
            .uses(self.origin())
            .into_iter()
            .filter(|m| src.modules[*m].items.item(name).is_some())
            .map(|m| format!("`{}`", src.modules[m].path))
            .collect();
        if paths.len() < 2 {
            return false;
        }
        self.defs.used_modules.insert(first);
        self.report(
            Diagnostic::error(
                "E0109",
                at,
                format!("`{name}` is defined in {}", paths.join(" and in ")),
            )
            .here("which one?")
            .note("the names of all modules that a file uses stand side by side")
            .help("drop one `use`, or define what you need under a name of your own"),
        );
        true
    }

    /// Names of callables and enums that the user or a module defines and that can be written here.
    pub(crate) fn defined_names(&self) -> Vec<String> {
        let here = self.origin();
        let mut out: Vec<String> = match here {
            Origin::Main => self.defs.items.keys().map(|n| (*n).to_string()).collect(),
            Origin::Module(m) => names_of(self.src.modules[m].items),
            Origin::Prelude => Vec::new(),
        };
        for m in self.uses(here) {
            out.extend(names_of(self.src.modules[m].items));
        }
        out
    }

    /// Collects the definitions of the main file.
    pub(crate) fn collect(&mut self) {
        self.defs.enum_list.push((
            "Weekday".into(),
            crate::scope::WEEKDAYS
                .iter()
                .map(|d| (*d).to_string())
                .collect(),
        ));
        let src = self.src;
        for item in &src.main.items {
            let Some(name) = item_name(item) else {
                continue;
            };
            self.define(name, item);
            if let Item::Enum(e) = item {
                self.members_once(e);
            }
        }
    }

    fn define(&mut self, name: &'a ast::Ident, item: &'a Item) {
        if self.is_builtin(&name.name) || name.name == "Weekday" {
            let d = Diagnostic::error(
                "E0105",
                name.span,
                format!("`{}` is already a built-in name", name.name),
            )
            .here("choose another name")
            .note("the meaning of a library name is the same in every program, so that a reader can trust it");
            self.diags.push(d);
            return;
        }
        let earlier = self.defs.items.get(name.name.as_str());
        if let Some(earlier) = earlier.and_then(|i| item_name(i)) {
            let d = Diagnostic::error(
                "E0104",
                name.span,
                format!("`{}` is defined twice", name.name),
            )
            .here("second definition")
            .label(earlier.span, "first definition");
            self.diags.push(d);
            return;
        }
        self.defs.items.insert(&name.name, item);
    }

    fn members_once(&mut self, e: &ast::EnumDef) {
        for (i, m) in e.members.iter().enumerate() {
            if e.members[..i].iter().any(|earlier| earlier.name == m.name) {
                let d = Diagnostic::error(
                    "E0104",
                    m.span,
                    format!("`{}` stands twice in this enum", m.name),
                )
                .here("second time");
                self.diags.push(d);
            }
        }
    }

    /// Whether a name belongs to the language or its library.
    pub(crate) fn is_builtin(&self, name: &str) -> bool {
        crate::scope::BUILTIN_NAMES.contains(&name)
            || crate::call::BUILTIN_FUNCTIONS.contains(&name)
            || self.src.library.item(name).is_some()
    }

    /// The whole line of a span, so that removing it leaves nothing behind.
    fn line_of(&self, span: Span) -> Span {
        let before = self.src.text.get(..span.start as usize).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        let rest = self.src.text.get(span.end as usize..).unwrap_or("");
        let more = rest.find('\n').map_or(0, |n| n + 1);
        let blank = rest.get(..more).is_some_and(|r| r.trim().is_empty());
        Span::new(
            span.file,
            start,
            span.end as usize + if blank { more } else { 0 },
        )
    }

    /// Lints about what a program defines or imports and never uses. `programs` tells that the file holds something that runs;
    /// a file of definitions alone is a module, and its definitions are for others.
    pub(crate) fn unused_definitions(&mut self, programs: bool) {
        let src = self.src;
        for &(m, span) in &src.uses {
            if !self.defs.used_modules.contains(&m) {
                let path = &src.modules[m].path;
                self.diags.push(
                    Diagnostic::warning(
                        "W1103",
                        span,
                        format!("nothing of the module `{path}` is used"),
                    )
                    .here("not needed")
                    .fix(self.line_of(span), String::new(), "remove this line"),
                );
            }
        }
        if !programs {
            return;
        }
        for item in &src.main.items {
            let (Some(name), what) = (
                item_name(item),
                match item {
                    Item::Indicator(_) => "indicator",
                    Item::Func(_) => "function",
                    _ => "enum",
                },
            ) else {
                continue;
            };
            if !self.defs.used.contains(name.name.as_str()) && !name.name.starts_with('_') {
                self.diags.push(
                    Diagnostic::warning(
                        "W1101",
                        name.span,
                        format!("the {what} `{}` is never used", name.name),
                    )
                    .here("nothing reads this")
                    .help(format!("remove it, or call it `_{}`", name.name)),
                );
            }
        }
    }
}

fn names_of(items: &dyn crate::scope::Library) -> Vec<String> {
    items.names().into_iter().map(String::from).collect()
}
