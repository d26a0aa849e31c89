//! What is put beside a reply: how it comes in, what is refused, how a browser gives it.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_forward_takes_the_files_along_and_another_kind_works_out_the_rest_anew() {
    let blob = BlobHash("0".repeat(64));
    let photo = IncomingAttachment {
        name: "lid.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        content_id: None,
        inline: false,
        kept: Some(KeptBlob { hash: blob.clone(), size: 9 }),
        size: 9,
    };
    let shop = Shop::with(vec![Incoming {
        attachments: vec![photo],
        cc: vec![model::Address::new("Boss", "boss@x.test")],
        ..question()
    }])
    .await;
    let ticket = shop.ticket().await;
    let forward = shop.written(ticket, "forward", "<p>Please look.</p>").await;
    assert_eq!((&forward["text"]["to"], &forward["attachments"][0]["name"]), (&json!([]), &json!("lid.jpg")));
    assert!(forward["text"]["subject"].as_str().unwrap().starts_with("Fwd: Kettle [FD-"));
    let mut text = forward["text"].clone();
    text["to"] = json!([{ "name": "", "email": "workshop@x.test" }]);
    shop.call("keep_draft", json!({ "ticket": ticket, "text": text })).await;
    let missing = shop.send(ticket).await.unwrap_err();
    assert_eq!((missing.code, missing.params["name"].as_str()), (ProblemCode::AttachmentMissing, "lid.jpg"));

    let all = shop.call("begin_reply", json!({ "ticket": ticket, "kind": "reply_all" })).await;
    assert_eq!(
        (&all["text"]["to"][0]["email"], &all["text"]["cc"][0]["email"]),
        (&json!("lin@x.test"), &json!("boss@x.test"))
    );
    assert_eq!(
        (&all["text"]["html"], &all["attachments"]),
        (&text["html"], &json!([])),
        "the text stays, what was forwarded does not"
    );
    shop.call("discard_draft", json!({ "ticket": ticket })).await;
    assert!(shop.conversation(ticket).await["draft"].is_null());
    shop.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_in_named_safely_and_only_so_large() {
    let shop = Shop::with(vec![question()]).await;
    let ticket = shop.ticket().await;
    let none = shop.desk.attach(ticket, "a.png", "image/png", true, PNG).await.unwrap_err();
    assert_eq!(none.code, ProblemCode::NotFound, "there is no draft");
    shop.written(ticket, "reply", "<p>x</p>").await;
    let picture = shop.desk.attach(ticket, "../../\u{202e}lid.png", "text/html", true, PNG).await.unwrap();
    assert_eq!((picture.name.as_str(), picture.media_type.as_str()), ("lid.png", "image/png"));
    let id = picture.content_id.clone().unwrap();
    let page = shop.desk.attach(ticket, "page.html", "text/html", true, b"<p>").await.unwrap();
    assert_eq!(page.content_id, None, "what is no image stands beside the text");
    let shown = shop.call("draft_attachment", json!({ "ticket": ticket, "hash": picture.hash })).await;
    assert_eq!(shown["media_type"], "image/png");

    let most = usize::try_from(MOST_ATTACHED).unwrap();
    let large = shop.desk.attach(ticket, "film.mp4", "video/mp4", false, &vec![7; most]).await.unwrap_err();
    assert_eq!((large.code, large.params["name"].as_str()), (ProblemCode::AttachmentTooLarge, "film.mp4"));
    let draft = shop.conversation(ticket).await["draft"].clone();
    assert_eq!(draft["attachments"].as_array().unwrap().len(), 2);

    let mut text = draft["text"].clone();
    text["html"] = format!("<p>Look: <img src=\"cid:{id}\"></p>").into();
    shop.call("keep_draft", json!({ "ticket": ticket, "text": text })).await;
    shop.send(ticket).await.unwrap();
    shop.clock.forward(10_001);
    shop.until_delivered(1).await;
    let message = shop.conversation(ticket).await["messages"][1]["message"].clone();
    let files: Vec<_> = message["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["name"].clone(), file["inline"].clone()))
        .collect();
    assert_eq!(files, [(json!("lid.png"), json!(true)), (json!("page.html"), json!(false))]);
    shop.desk.close().await;
}

struct NoPage;

impl http::Assets for NoPage {
    fn get(&self, _path: &str) -> Option<(Vec<u8>, String)> {
        None
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gives_files_and_hears_why_one_is_refused() {
    let shop = Shop::with(vec![question()]).await;
    let ticket = shop.ticket().await;
    shop.written(ticket, "reply", "<p>x</p>").await;
    let host = http::host(shop.desk.clone(), 0, Arc::new(NoPage)).await.unwrap();
    let give = async |name: &str, bearer: &str, bytes: &[u8]| {
        let mut line = tokio::net::TcpStream::connect(("127.0.0.1", host.port)).await.unwrap();
        let head = format!(
            "POST /api/attach?ticket={ticket}&name={name}&type=text%2Fplain&inline=0 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
             Authorization: Bearer {bearer}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            host.port,
            bytes.len()
        );
        line.write_all(head.as_bytes()).await.unwrap();
        line.write_all(bytes).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let taken = give("%E5%8F%91%E7%A5%A8.txt", &host.bearer, b"hello").await;
    assert!(taken.starts_with("HTTP/1.1 200") && taken.contains("\"name\":\"发票.txt\""), "{taken}");
    let refused = give("photo.png", &host.bearer, &vec![1; 40 << 20]).await;
    assert!(
        refused.starts_with("HTTP/1.1 422")
            && refused.contains("attachment_too_large")
            && refused.contains("photo.png"),
        "{refused}"
    );
    assert!(!give("x", "0", b"").await.starts_with("HTTP/1.1 200"), "only for the person");
    shop.desk.close().await;
}
