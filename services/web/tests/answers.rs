//! Answers that are whole, too long, cut short, slow or elsewhere.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_web::{BodyError, body, client, why};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LIMIT: Duration = Duration::from_secs(20);

/// Says the same to whoever asks, and hangs up or stays silent.
async fn says(text: &'static [u8], stays: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/secret-key", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut question = [0; 4096];
            let _ = socket.read(&mut question).await;
            let _ = socket.write_all(text).await;
            if stays {
                std::future::pending::<()>().await;
            }
        }
    });
    address
}

async fn read(text: &'static [u8], most: usize) -> Result<Vec<u8>, BodyError> {
    let url = says(text, false).await;
    let answer = client(LIMIT).unwrap().get(url).send().await.unwrap();
    body(answer, most).await
}

#[tokio::test]
async fn a_body_is_read_up_to_the_limit() {
    let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    assert_eq!(read(whole, 5).await.unwrap(), b"hello");
    let error = read(whole, 4).await.unwrap_err();
    assert_eq!(error.to_string(), "the answer is longer than 4 bytes");
    // one that does not tell its length
    let chunks =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    assert_eq!(read(chunks, 5).await.unwrap(), b"hello");
    let error = read(chunks, 4).await.unwrap_err();
    assert!(matches!(error, BodyError::TooLong { most: 4 }), "{error}");
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello";
    let error = read(cut, 100).await.unwrap_err();
    assert!(matches!(error, BodyError::Broken(_)), "{error}");
    assert!(!error.to_string().contains("secret-key"), "{error}");
}

#[tokio::test]
async fn nobody_is_followed_and_no_address_is_told() {
    let moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let url = says(moved, false).await;
    let answer = client(LIMIT).unwrap().get(url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 302);

    let silent = says(b"", true).await;
    let quick = client(Duration::from_millis(100)).unwrap();
    let error = quick.get(silent).send().await.unwrap_err();
    assert_eq!(why(&error), "no answer in time");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}/secret-key", listener.local_addr().unwrap());
    drop(listener);
    let error = client(LIMIT).unwrap().get(gone).send().await.unwrap_err();
    assert!(
        why(&error).starts_with("no connection ("),
        "{}",
        why(&error)
    );
    let error = client(LIMIT).unwrap().get("x://secret-key").send().await;
    assert!(!why(&error.unwrap_err()).contains("secret-key"));
}
