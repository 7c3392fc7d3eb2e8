// Passkeys: shows the buttons where the browser has passkeys, asks for a challenge and sends the
// device's answer. Elements: [data-passkey="sign-in"] and [data-passkey="new"], each with a button.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function send(path, token, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": token, accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function signIn(element) {
  const { token, next } = element.dataset;
  const { publicKey } = await send("/sign-in/passkey/begin", token, {});
  publicKey.challenge = bytes(publicKey.challenge);
  publicKey.allowCredentials = (publicKey.allowCredentials ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
  const found = await navigator.credentials.get({ publicKey });
  const credential = {
    id: found.id,
    rawId: text(found.rawId),
    type: found.type,
    extensions: found.getClientExtensionResults(),
    response: {
      authenticatorData: text(found.response.authenticatorData),
      clientDataJSON: text(found.response.clientDataJSON),
      signature: text(found.response.signature),
      userHandle: found.response.userHandle ? text(found.response.userHandle) : null,
    },
  };
  location.assign((await send("/sign-in/passkey", token, { credential, next })).next);
}

async function add(element) {
  const { token } = element.dataset;
  const { publicKey } = await send("/account/passkeys/begin", token, {});
  publicKey.challenge = bytes(publicKey.challenge);
  publicKey.user.id = bytes(publicKey.user.id);
  publicKey.excludeCredentials = (publicKey.excludeCredentials ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
  const made = await navigator.credentials.create({ publicKey });
  const credential = {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    extensions: made.getClientExtensionResults(),
    response: {
      attestationObject: text(made.response.attestationObject),
      clientDataJSON: text(made.response.clientDataJSON),
    },
  };
  const name = element.querySelector("input")?.value ?? "";
  location.assign((await send("/account/passkeys", token, { credential, name })).next);
}

for (const element of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  element.hidden = false;
  element.querySelector("button")?.addEventListener("click", () => {
    const done = element.dataset.passkey === "new" ? add(element) : signIn(element);
    done.catch((error) => {
      // The person closed the device's dialogue: nothing went wrong.
      if (error.name === "NotAllowedError" || error.name === "AbortError") return;
      location.assign(element.dataset.passkey === "new" ? "/account?said=passkey" : "/sign-in?said=passkey");
    });
  });
}
