//! Where the pages come from.

use crate::page;
use axum::body::Bytes;
use include_dir::{Dir, include_dir};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../docs");

/// A book.
#[derive(Debug, Clone, Default)]
pub enum Book {
    /// The pages in this program, laid out when they are asked for.
    #[default]
    Embedded,
    /// A directory with a built book: files as they are.
    Built(PathBuf),
}

/// A file to be sent.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub body: Bytes,
}

impl Book {
    /// The book built in this directory, or the one in the program where there is none.
    pub fn in_or_embedded(directory: &Path) -> Self {
        if directory.join("index.html").is_file() {
            Self::Built(directory.to_owned())
        } else {
            Self::Embedded
        }
    }

    /// Where it is, for people.
    pub fn place(&self) -> String {
        match self {
            Self::Embedded => "the book of this program".into(),
            Self::Built(directory) => format!("the book in {}", directory.display()),
        }
    }

    /// The file at a path of the site; the empty path is the front page.
    pub(crate) async fn find(&self, path: &str) -> Option<File> {
        let path = Path::new(path);
        // nothing outside of the book
        if !path.components().all(|c| matches!(c, Component::Normal(_))) {
            return None;
        }
        match self {
            Self::Embedded => embedded(path),
            Self::Built(directory) => built(directory, path).await,
        }
    }

    /// What stands where nothing is.
    pub(crate) fn nothing_at(path: &str) -> File {
        let text = format!(
            "# Nothing here\n\nThere is no page `{}`. The contents stand at the side.\n",
            path.replace('`', "'")
        );
        html(page::lay_out(&text, contents()))
    }
}

fn html(text: String) -> File {
    File {
        kind: "text/html; charset=utf-8",
        body: text.into(),
    }
}

fn contents() -> &'static str {
    static CONTENTS: OnceLock<String> = OnceLock::new();
    CONTENTS.get_or_init(|| {
        let summary = PAGES
            .get_file("SUMMARY.md")
            .and_then(include_dir::File::contents_utf8)
            .unwrap_or_default();
        page::contents(summary)
    })
}

fn embedded(path: &Path) -> Option<File> {
    let page = if path.as_os_str().is_empty() || path == Path::new("index.html") {
        PathBuf::from("introduction.md")
    } else if path.extension().is_none_or(|e| e == "html") {
        path.with_extension("md")
    } else {
        path.to_owned()
    };
    let file = PAGES.get_file(&page).or_else(|| {
        // a folder stands for its first page
        PAGES.get_file(path.join("README.md"))
    })?;
    if page.extension().is_some_and(|e| e == "md") {
        return Some(html(page::lay_out(file.contents_utf8()?, contents())));
    }
    Some(File {
        kind: kind_of(path),
        body: Bytes::from_static(file.contents()),
    })
}

async fn built(directory: &Path, path: &Path) -> Option<File> {
    let mut file = directory.join(path);
    if tokio::fs::metadata(&file).await.is_ok_and(|m| m.is_dir()) {
        file = file.join("index.html");
    }
    let body = match tokio::fs::read(&file).await {
        Ok(body) => body,
        Err(e) => {
            if e.kind() != std::io::ErrorKind::NotFound {
                tracing::warn!("{} cannot be read: {e}", file.display());
            }
            return None;
        }
    };
    Some(File {
        kind: kind_of(&file),
        body: body.into(),
    })
}

fn kind_of(path: &Path) -> &'static str {
    match path.extension().and_then(|e| e.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "md" | "sbt" | "txt" | "toml" | "csv" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(book: &Book, path: &str) -> Option<String> {
        let file = book.find(path).await?;
        Some(String::from_utf8(file.body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_page_of_the_contents_is_there() {
        let book = Book::Embedded;
        let mut pages = 0;
        for link in contents().split("href=\"/").skip(1) {
            let path = link.split('"').next().unwrap();
            assert!(text(&book, path).await.is_some(), "{path}");
            pages += 1;
        }
        assert!(pages > 100, "{pages}");
        let front = text(&book, "").await.unwrap();
        assert!(front.contains("<nav"));
        assert_eq!(
            book.find("images/report-desktop.png").await.unwrap().kind,
            "image/png"
        );
        assert!(text(&book, "cookbook").await.unwrap().contains("<h1"));
    }

    #[tokio::test]
    async fn nothing_outside_of_the_book() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("book")).unwrap();
        std::fs::write(dir.path().join("book/index.html"), "front").unwrap();
        std::fs::write(dir.path().join("secret"), "secret").unwrap();
        let book = Book::in_or_embedded(&dir.path().join("book"));
        assert_eq!(text(&book, "").await.unwrap(), "front");
        for path in ["../secret", "/etc/passwd", "x/../../secret", "nowhere"] {
            assert!(book.find(path).await.is_none(), "{path}");
            assert!(Book::Embedded.find(path).await.is_none(), "{path}");
        }
        let nothing = Book::nothing_at("<script>");
        assert!(!String::from_utf8_lossy(&nothing.body).contains("<script>"));
        assert!(matches!(Book::in_or_embedded(dir.path()), Book::Embedded));
    }
}
