//! Compiles the generated parser and its scanner.

fn main() {
    let src = std::path::Path::new("src");
    cc::Build::new()
        .std("c11")
        .include(src)
        .flag_if_supported("-Wno-unused-parameter")
        .file(src.join("parser.c"))
        .file(src.join("scanner.c"))
        .compile("tree-sitter-sbt");
    for file in ["parser.c", "scanner.c", "tree_sitter/parser.h"] {
        println!("cargo:rerun-if-changed=src/{file}");
    }
}
