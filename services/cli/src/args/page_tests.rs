//! The page of the command line names every command, and no other.

use super::Args;
use clap::CommandFactory;
use std::collections::BTreeSet;

/// The rows of the first table: the commands of the row's first cell, and all that stands in backticks in the row.
fn rows(page: &str) -> Vec<(BTreeSet<&str>, BTreeSet<&str>)> {
    let table = page.lines().skip_while(|l| !l.starts_with("| command |"));
    let table = table.skip(2).take_while(|l| l.starts_with('|'));
    let row = |line| {
        let spans = || code(line);
        let commands = spans()
            .filter_map(|span| span.strip_prefix("sixbtc ")?.split(' ').next())
            .collect();
        // `show\|check` are two words
        let words = spans().flat_map(|s| s.split([' ', '|', '\\'])).collect();
        (commands, words)
    };
    table.map(row).collect()
}

/// What stands in backticks.
fn code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[test]
fn the_page_names_every_command_and_no_other() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/guide/command-line.md"
    );
    let page = std::fs::read_to_string(path).unwrap();
    let rows = rows(&page);
    assert!(!rows.is_empty(), "there is no table of commands");
    let tree = Args::command();
    let mut missing = Vec::new();
    for command in tree.get_subcommands() {
        let name = command.get_name();
        let of_it: Vec<_> = rows.iter().filter(|(of, _)| of.contains(name)).collect();
        if of_it.is_empty() {
            missing.push(name.to_owned());
        }
        for part in command.get_subcommands().map(clap::Command::get_name) {
            if part != "help" && !of_it.iter().any(|(_, words)| words.contains(part)) {
                missing.push(format!("{name} {part}"));
            }
        }
    }
    assert!(missing.is_empty(), "{path} does not name: {missing:?}");

    let unknown: Vec<&&str> = rows
        .iter()
        .flat_map(|(commands, _)| commands)
        .filter(|name| tree.find_subcommand(name).is_none())
        .collect();
    assert!(unknown.is_empty(), "{path} names what is none: {unknown:?}");
}
