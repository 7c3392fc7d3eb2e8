//! Stories of passkeys and of the organisation's sign-in, each with the other side played here.

use std::sync::{Arc, Mutex};

use commonweal_core::{on_both, read};
use http::StatusCode;
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm,
};
use openidconnect::{
    Audience, EmptyAdditionalClaims, EndUserEmail, HttpRequest, HttpResponse, IssuerUrl,
    JsonWebKeyId, Nonce, PrivateSigningKey as _, StandardClaims, SubjectIdentifier,
};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::organisation::{HttpClient, Organisation};
use super::tests::{PASSWORD, officer, signed_in, world_with};
use super::*;
use crate::web::browser::Browser;

/// Base 64 for addresses, without padding (RFC 4648, section 5).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0_u8; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let number = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..=chunk.len() {
            text.push(char::from(
                LETTERS[(number >> (18 - 6 * place)) as usize & 63],
            ));
        }
    }
    text
}

/// A phone with one passkey for localhost.
struct Phone {
    key: SigningKey,
    id: [u8; 16],
    user: Option<String>,
    uses: u32,
}

impl Phone {
    fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_bytes(&[seed; 32].into()).unwrap(),
            id: [seed; 16],
            user: None,
            uses: 0,
        }
    }

    fn client_data(kind: &str, challenge: &Value, origin: &str) -> Vec<u8> {
        json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    /// What the authenticator says: host, flags (present, verified), count of uses.
    fn data(&mut self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(b"localhost").to_vec();
        data.push(flags);
        data.extend(self.uses.to_be_bytes());
        self.uses += 1;
        data
    }

    fn create(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        self.user = Some(options["user"]["id"].as_str().unwrap().to_owned());
        let mut data = self.data(0x45);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        let point = self.key.verifying_key().to_sec1_point(false);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().unwrap());
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.extend([0x58, u8::try_from(data.len()).unwrap()]);
        object.extend(data);
        let client = Self::client_data(
            "webauthn.create",
            &options["challenge"],
            "http://localhost:8080",
        );
        json!({
            "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key", "extensions": {},
            "response": { "attestationObject": base64(&object), "clientDataJSON": base64(&client) },
        })
    }

    fn get(&mut self, options: &Value, origin: &str) -> Value {
        let data = self.data(0x05);
        let client = Self::client_data("webauthn.get", &options["publicKey"]["challenge"], origin);
        let mut message = data.clone();
        message.extend(Sha256::digest(&client));
        let signature: Signature = self.key.sign(&message);
        json!({
            "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key", "extensions": {},
            "response": {
                "authenticatorData": base64(&data), "clientDataJSON": base64(&client),
                "signature": base64(signature.to_der().as_bytes()), "userHandle": self.user,
            },
        })
    }
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

const HERE: &str = "http://localhost:8080";

/// The provider's key: made for this test, good for nothing else.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIPienZSTcib8gD5qs3KnJ369eXa4llm4NfPvv7qEdOhj\n-----END PRIVATE KEY-----";

#[derive(Clone)]
struct Provider {
    nonce: Arc<Mutex<String>>,
    subject: Arc<Mutex<&'static str>>,
    email: Arc<Mutex<(&'static str, bool)>>,
    now: chrono::DateTime<chrono::Utc>,
}

impl Provider {
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(
            KEY,
            Some(JsonWebKeyId::new("1".to_owned())),
        )
        .unwrap();
        let body = match request.uri().path() {
            "/.well-known/openid-configuration" => json!({
                "issuer": "https://login.example",
                "authorization_endpoint": "https://login.example/authorize",
                "token_endpoint": "https://login.example/token",
                "jwks_uri": "https://login.example/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA", "none"],
            }),
            "/keys" => {
                serde_json::to_value(CoreJsonWebKeySet::new(vec![key.as_verification_key()]))
                    .unwrap()
            }
            _ => {
                let sent = String::from_utf8(request.body().clone()).unwrap();
                assert!(
                    sent.contains("code_verifier=") && sent.contains("code=abc"),
                    "{sent}"
                );
                let (email, verified) = *self.email.lock().unwrap();
                let claims = StandardClaims::new(SubjectIdentifier::new(
                    (*self.subject.lock().unwrap()).to_owned(),
                ))
                .set_email(Some(EndUserEmail::new(email.to_owned())))
                .set_email_verified(Some(verified));
                let claims = CoreIdTokenClaims::new(
                    IssuerUrl::new("https://login.example".to_owned()).unwrap(),
                    vec![Audience::new("commonweal".to_owned())],
                    self.now + chrono::Duration::minutes(5),
                    self.now,
                    claims,
                    EmptyAdditionalClaims {},
                )
                .set_nonce(Some(Nonce::new(self.nonce.lock().unwrap().clone())));
                let token =
                    CoreIdToken::new(claims, &key, CoreJwsSigningAlgorithm::EdDsa, None, None)
                        .unwrap();
                json!({ "access_token": "x", "token_type": "Bearer", "id_token": token })
            }
        };
        http::Response::builder()
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())
            .unwrap()
    }

    /// Goes to the provider and comes back with its answer, or with another state.
    async fn sign_in(
        &self,
        browser: &mut Browser,
        state: Option<&str>,
    ) -> crate::web::browser::Answer {
        browser.get("/sign-in").await;
        let away = browser.get("/sign-in/organisation?next=/account").await;
        assert!(
            away.location
                .starts_with("https://login.example/authorize?"),
            "{}",
            away.location
        );
        let query = away.location.split('?').nth(1).unwrap();
        let pairs: std::collections::HashMap<String, String> =
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect();
        assert_eq!(pairs["code_challenge_method"], "S256");
        assert_eq!(
            pairs["redirect_uri"],
            "http://localhost:8080/sign-in/organisation/back"
        );
        self.nonce.lock().unwrap().clone_from(&pairs["nonce"]);
        let state = state.unwrap_or(&pairs["state"]);
        browser
            .get(&format!(
                "/sign-in/organisation/back?code=abc&state={state}"
            ))
            .await
    }
}

on_both! {
    async fn a_passkey_is_added_and_signs_in(db: Db) {
        let world = world_with(db, SignIn::new()).await;
        world.administrator().await;
        let user = officer(&world).await;
        let mut browser = world.browser();
        browser.sign_in("olu@example.org", PASSWORD).await;
        browser.get("/account").await;
        let begun = browser.post_json("/account/passkeys/begin", &json!({})).await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
        let options = parsed(&begun.body);
        assert_eq!(options["publicKey"]["authenticatorSelection"]["residentKey"], "required");
        let mut phone = Phone::new(7);
        let made = phone.create(&options);
        let added = browser.post_json("/account/passkeys", &json!({ "credential": made, "name": "Work phone" })).await;
        assert_eq!(added.status, StatusCode::OK, "{}", added.body);
        let again = browser.post_json("/account/passkeys", &json!({ "credential": made, "name": "Work phone" })).await;
        assert_eq!(again.status, StatusCode::BAD_REQUEST, "a challenge is answered once");
        let page = browser.get("/account").await;
        assert!(page.body.contains("Work phone") && page.body.contains("The passkey was added"));

        let mut other = world.browser();
        other.get("/sign-in").await;
        let begun = other.post_json("/sign-in/passkey/begin", &json!({})).await;
        let answer = phone.get(&parsed(&begun.body), HERE);
        let body = json!({ "credential": answer, "next": "/account" });
        let arrived = other.post_json("/sign-in/passkey", &body).await;
        assert_eq!(arrived.status, StatusCode::OK, "{}", arrived.body);
        assert_eq!(parsed(&arrived.body)["next"], "/account");
        assert!(other.get("/account").await.body.contains("Olu Officer"));
        let mut thief = world.browser();
        thief.get("/sign-in").await;
        assert_eq!(thief.post_json("/sign-in/passkey", &body).await.status, StatusCode::BAD_REQUEST, "replayed");
        let begun = parsed(&thief.post_json("/sign-in/passkey/begin", &json!({})).await.body);
        let elsewhere = json!({ "credential": phone.get(&begun, "https://evil.example") });
        assert_eq!(thief.post_json("/sign-in/passkey", &elsewhere).await.status, StatusCode::BAD_REQUEST, "another site");
        let mut stolen = Phone::new(8);
        stolen.id = phone.id;
        stolen.user.clone_from(&phone.user);
        let begun = parsed(&thief.post_json("/sign-in/passkey/begin", &json!({})).await.body);
        let forged = json!({ "credential": stolen.get(&begun, HERE) });
        assert_eq!(thief.post_json("/sign-in/passkey", &forged).await.status, StatusCode::BAD_REQUEST, "another key");

        let page = other.get("/account").await;
        let path = page.body.split("action=\"/account/passkeys/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(other.post(&format!("/account/passkeys/{path}"), &[]).await.location, "/account");
        let begun = parsed(&thief.post_json("/sign-in/passkey/begin", &json!({})).await.body);
        let removed = json!({ "credential": phone.get(&begun, HERE) });
        assert_eq!(thief.post_json("/sign-in/passkey", &removed).await.status, StatusCode::BAD_REQUEST, "removed");
        assert_eq!(world.events(user, "user.passkey_added").await, 1);
    }

    async fn the_organisations_accounts_open_those_that_exist(db: Db) {
        let provider = Provider {
            nonce: Arc::default(),
            subject: Arc::new(Mutex::new("subject-1")),
            email: Arc::new(Mutex::new(("olu@example.org", true))),
            now: commonweal_core::testing::clock().now(),
        };
        let answering = provider.clone();
        let http = HttpClient::new(move |request| {
            let answer = answering.answer(&request);
            Box::pin(async move { Ok(answer) })
        });
        let sign_in = SignIn::new().with_organisation(Organisation {
            name: "Weardale Council".to_owned(),
            issuer: "https://login.example".to_owned(),
            client_id: "commonweal".to_owned(),
            client_secret: "secret".to_owned(),
            http,
        });
        let world = world_with(db, sign_in).await;
        world.administrator().await;
        let user = officer(&world).await;
        let mut browser = world.browser();
        assert!(browser.get("/sign-in").await.body.contains("Sign in with Weardale Council"));
        *provider.email.lock().unwrap() = ("olu@example.org", false);
        assert_eq!(provider.sign_in(&mut browser, None).await.location, "/sign-in?said=unknown", "an address that is not verified");
        *provider.email.lock().unwrap() = ("olu@example.org", true);
        assert_eq!(provider.sign_in(&mut browser, Some("guessed")).await.location, "/sign-in?said=organisation");
        let back = provider.sign_in(&mut browser, None).await;
        assert!(signed_in(&back), "{}", back.location);
        assert_eq!(back.location, "/account");
        assert!(browser.get("/account").await.body.contains("Olu Officer"));
        // Now the subject counts: a new owner of the address gets nothing, a new address loses nothing.
        browser.clear();
        *provider.subject.lock().unwrap() = "subject-2";
        assert_eq!(provider.sign_in(&mut browser, None).await.location, "/sign-in?said=unknown");
        *provider.subject.lock().unwrap() = "subject-1";
        *provider.email.lock().unwrap() = ("olu.new@example.org", true);
        assert!(signed_in(&provider.sign_in(&mut browser, None).await));
        assert!(browser.get("/sign-in?said=unknown").await.location.is_empty() || browser.get("/account").await.status == StatusCode::OK);
        let linked: Uuid = read!(&world.app.db, |tx| tx.one(commonweal_core::sql!("select user_id from identities"), Vec::new()).await.and_then(|row| row.get("user_id"))).await.unwrap();
        assert_eq!(linked, user);
    }
}
