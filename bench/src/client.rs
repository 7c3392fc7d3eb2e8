//! A client that signs in as the first administrator, sends forms and asks for pages.

use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use reqwest::header::{ACCEPT, COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};

use crate::measure::Spread;

const PASSWORD: &str = "benchmark-harbour-42-violet";

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: String,
    cookies: Arc<std::sync::Mutex<Vec<(String, String)>>>,
}

impl Client {
    /// Reads the server's address and one-time link, and makes the first administrator.
    pub(crate) async fn first_administrator(server: &mut Child) -> Result<Self> {
        let mut lines = BufReader::new(server.stdout.take().context("no output")?).lines();
        let mut line_with = |start: &str| -> Result<String> {
            loop {
                let line = lines.next().context("the server ended")??;
                if line.starts_with(start) {
                    let at = line.find("http://").context("no address")?;
                    return Ok(line[at..].trim().to_owned());
                }
            }
        };
        let address = line_with("Listening on")?;
        let link = line_with("Make the first administrator")?;
        let client = Self {
            http: reqwest::Client::builder()
                .redirect(Policy::none())
                .build()?,
            address,
            cookies: Arc::default(),
        };
        let page = client.send(client.http.get(&link)).await?.text().await?;
        let fields = [
            ("csrf_token", token(&page)?),
            ("partnership", "Benchmark partnership"),
            ("name", "Bench Marker"),
            ("email", "bench@example.org"),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        let made = client.send(client.http.post(&link).form(&fields)).await?;
        if !made.status().is_redirection() {
            bail!(
                "the first administrator was not made: {}",
                made.text().await?
            );
        }
        let page = client.get("/sign-in").await?.text().await?;
        if page.contains("name=\"password\"") {
            let fields = [
                ("csrf_token", token(&page)?),
                ("email", "bench@example.org"),
                ("password", PASSWORD),
            ];
            client
                .send(
                    client
                        .http
                        .post(format!("{}/sign-in", client.address))
                        .form(&fields),
                )
                .await?;
        }
        Ok(client)
    }

    /// Adds an agency: a form with its check, its event and its audit entry.
    pub(crate) async fn send_form(&self, number: u64) -> Result<()> {
        let page = self.get("/agencies/new").await?.text().await?;
        let id = between(&page, "name=\"id\" value=\"", "\"").context("the form has no id")?;
        let name = format!("Agency {number}");
        let fields = [
            ("csrf_token", token(&page)?),
            ("id", id),
            ("version", ""),
            ("name", &name),
            ("kind", "other"),
        ];
        let sent = self
            .send(
                self.http
                    .post(format!("{}/agencies/new", self.address))
                    .form(&fields),
            )
            .await?;
        if !sent.status().is_redirection() {
            bail!("the form was not taken: {}", sent.status());
        }
        Ok(())
    }

    /// Waits until the server's figures hold everything.
    pub(crate) async fn wait_for_rows(&self, rows: u64) -> Result<()> {
        let shown = rows
            .to_string()
            .as_bytes()
            .rchunks(3)
            .rev()
            .map(|c| String::from_utf8_lossy(c).into_owned())
            .collect::<Vec<_>>()
            .join(",");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(120) {
            let page = self
                .get("/ranking?type=all&areas=cell8&from=2018-01")
                .await?
                .text()
                .await?;
            if page.contains(&shown) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        bail!("the figures did not reach {shown} rows in two minutes")
    }

    /// Asks `each` times from every one of `clients` at the same time.
    pub(crate) async fn ask(&self, path: &str, clients: usize, each: usize) -> Result<Spread> {
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..clients {
            let (client, path) = (self.clone(), path.to_owned());
            running.spawn(async move {
                let mut spread = Spread::default();
                for _ in 0..each {
                    let begun = Instant::now();
                    let answer = client.get(&path).await?;
                    if !answer.status().is_success() {
                        bail!("{path}: {}", answer.status());
                    }
                    answer.bytes().await?;
                    spread.add(begun.elapsed());
                }
                Ok(spread)
            });
        }
        let mut all = Spread::default();
        while let Some(done) = running.join_next().await {
            all.extend(done??);
        }
        Ok(all)
    }

    async fn get(&self, path: &str) -> Result<Response> {
        self.send(self.http.get(format!("{}{path}", self.address)))
            .await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let cookies = {
            let cookies = self
                .cookies
                .lock()
                .map_err(|_| anyhow::anyhow!("a client stopped"))?;
            cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join("; ")
        };
        let answer = request
            .header(COOKIE, cookies)
            // A browser that opens pages: only then is a visit's cookie set.
            .header(ACCEPT, "text/html")
            .send()
            .await?;
        let mut known = self
            .cookies
            .lock()
            .map_err(|_| anyhow::anyhow!("a client stopped"))?;
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                known.retain(|(old, _)| old != name);
                known.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(answer)
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    Some(&text[start..start + text[start..].find(after)?])
}

fn token(page: &str) -> Result<&str> {
    between(page, "name=\"csrf_token\" value=\"", "\"").context("the page has no token")
}
