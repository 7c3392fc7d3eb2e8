// What waits on this device, in IndexedDB. Everything that somebody entered is encrypted with
// AES-GCM under a key of that user and device that no script can read out (WebCrypto, not
// extractable); beside it lie only ids, the moment, and whether it waits.

const NAME = "commonweal-offline";
const FLAG = "commonweal-offline";
const STORES = { keys: "user", kept: "id", entries: "id", photos: "id", facts: "name" };

/** The device has no room for what was to be kept. */
export class Full extends Error {}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const committed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the device did not keep it"));
    transaction.onerror = () => reject(transaction.error);
  });

/** Opens the database, made where it is absent. */
export async function openDatabase() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    for (const [store, keyPath] of Object.entries(STORES)) {
      const made = request.result.createObjectStore(store, { keyPath });
      if (store === "photos") made.createIndex("entry", "entry");
    }
  };
  const database = await done(request);
  database.onversionchange = () => database.close();
  return database;
}

/** Whether this device was made ready by anybody; cheap, for every page. */
export function isUsed() {
  try {
    return localStorage.getItem(FLAG) !== null;
  } catch {
    return false;
  }
}

function markUsed() {
  try {
    localStorage.setItem(FLAG, "yes");
  } catch {
    // Only pages other than the shell are told by it.
  }
}

/** Tells other tabs, and this one, that something has changed. */
export const changes = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);

function tell() {
  changes?.postMessage("changed");
  globalThis.dispatchEvent?.(new Event("commonweal-offline"));
}

async function write(database, stores, work) {
  const transaction = database.transaction(stores, "readwrite", { durability: "strict" });
  const ended = committed(transaction);
  try {
    work(...stores.map((store) => transaction.objectStore(store)));
    await ended;
  } catch (error) {
    ended.catch(() => {});
    if (error?.name === "QuotaExceededError") throw new Full();
    throw error;
  }
}

const read = (database, store, work) => done(work(database.transaction(store).objectStore(store)));

/** Who may see what this device holds; null after signing out. */
export async function currentUser(database) {
  return (await read(database, "facts", (facts) => facts.get("user")))?.value ?? null;
}

export async function setCurrentUser(database, value) {
  await write(database, ["facts"], (facts) => facts.put({ name: "user", value }));
}

/** Everything that waits on this device, whoever entered it: without what it holds. */
export async function waiting(database) {
  const all = await read(database, "entries", (entries) => entries.getAll());
  return all
    .filter((entry) => entry.state !== "draft")
    .map(({ id, user, made_at, state }) => ({ id, user, made_at, state }));
}

/** What one user has on this device. */
export class Store {
  #database;
  #key;

  constructor(database, user, key) {
    this.#database = database;
    this.user = user;
    this.#key = key;
  }

  static async of(database, user) {
    let kept = await read(database, "keys", (keys) => keys.get(user));
    if (!kept) {
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      // Two tabs may make one at once: the first that is kept holds.
      await write(database, ["keys"], (keys) => {
        const asked = keys.get(user);
        asked.onsuccess = () => asked.result || keys.put({ user, key });
      });
      kept = await read(database, "keys", (keys) => keys.get(user));
      markUsed();
    }
    return new Store(database, user, kept.key);
  }

  #way(id, iv) {
    return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${this.user}:${id}`) };
  }

  async #sealBytes(id, bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt(this.#way(id, iv), this.#key, bytes) };
  }

  #openBytes(id, { iv, data }) {
    return crypto.subtle.decrypt(this.#way(id, iv), this.#key, data);
  }

  #seal(id, value) {
    return this.#sealBytes(id, new TextEncoder().encode(JSON.stringify(value)));
  }

  async #open(id, sealed) {
    return JSON.parse(new TextDecoder().decode(await this.#openBytes(id, sealed)));
  }

  /** Keeps something under a name: what was made ready, what was sent last. */
  async keep(name, value) {
    const id = `${this.user}:${name}`;
    const row = { id, user: this.user, ...(await this.#seal(id, value)) };
    await write(this.#database, ["kept"], (kept) => kept.put(row));
  }

  async kept(name) {
    const id = `${this.user}:${name}`;
    const row = await read(this.#database, "kept", (kept) => kept.get(id));
    return row ? this.#open(id, row) : null;
  }

  /** Keeps an entry: { id, made_at, state, … }, all but these three encrypted. */
  async put(entry) {
    const { id, made_at, state, ...secret } = entry;
    const row = { id, user: this.user, made_at, state, ...(await this.#seal(id, secret)) };
    await write(this.#database, ["entries"], (entries) => entries.put(row));
    tell();
  }

  async #entry(row) {
    return { id: row.id, made_at: row.made_at, state: row.state, ...(await this.#open(row.id, row)) };
  }

  /** This user's entry of an id, or null. */
  async get(id) {
    const row = await read(this.#database, "entries", (entries) => entries.get(id));
    return row?.user === this.user ? this.#entry(row) : null;
  }

  /** This user's entries, oldest first. */
  async all() {
    const rows = await read(this.#database, "entries", (entries) => entries.getAll());
    const own = rows.filter((row) => row.user === this.user);
    own.sort((one, other) => one.made_at.localeCompare(other.made_at) || one.id.localeCompare(other.id));
    return Promise.all(own.map((row) => this.#entry(row)));
  }

  /** Takes an entry and its photographs away, at once. */
  async remove(id) {
    await write(this.#database, ["entries", "photos"], (entries, photos) => {
      entries.delete(id);
      const asked = photos.index("entry").getAllKeys(id);
      asked.onsuccess = () => asked.result.forEach((key) => photos.delete(key));
    });
    tell();
  }

  /** Keeps a photograph of an entry. */
  async putPhoto(id, entry, bytes) {
    const row = { id, entry, user: this.user, ...(await this.#sealBytes(id, bytes)) };
    await write(this.#database, ["photos"], (photos) => photos.put(row));
  }

  /** The bytes of a photograph, or null. */
  async photo(id) {
    const row = await read(this.#database, "photos", (photos) => photos.get(id));
    return row?.user === this.user ? this.#openBytes(id, row) : null;
  }

  async removePhoto(id) {
    await write(this.#database, ["photos"], (photos) => photos.delete(id));
  }
}
