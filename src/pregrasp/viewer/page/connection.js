// The connection to the viewer: messages in, requests out, and again after it was lost.

const FIRST_WAIT = 500; // ms
const LONGEST_WAIT = 5000; // ms

export class Connection {
  /**
   * @param {(messages: object[]) => void} onMessages - gets what came together
   * @param {(state: string) => void} onState - "open" or "lost"
   * @param {string} query - of the address that is connected to
   */
  constructor(onMessages, onState, query = "") {
    this.onMessages = onMessages;
    this.onState = onState;
    this.query = query;
    this.ended = false;
    this.number = 0;
    this.waiting = new Map();
    this.pause = FIRST_WAIT;
    this.token = new URLSearchParams(location.hash.slice(1)).get("token");
    this.unlocked = false;
    this.open();
  }

  open() {
    this.socket = new WebSocket(`ws://${location.host}/watch${this.query}`);
    this.socket.addEventListener("open", () => {
      this.pause = FIRST_WAIT;
      this.onState("open");
    });
    this.socket.addEventListener("message", (event) => this.take(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => {
      this.unlocked = false;
      for (const { reject } of this.waiting.values()) reject(new Error("the connection was lost"));
      this.waiting.clear();
      this.onState("lost");
      if (this.ended) return;
      setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(2 * this.pause, LONGEST_WAIT);
    });
  }

  take(messages) {
    for (const message of messages) {
      if (message.type !== "reply") continue;
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (!waiting) continue;
      if (message.error) waiting.reject(new Error(message.error));
      else waiting.resolve();
    }
    this.onMessages(messages);
  }

  /** Ask for something; ends when it is done, and fails with the reason why not. */
  ask(request) {
    if (this.socket.readyState !== WebSocket.OPEN) {
      return Promise.reject(new Error("not connected"));
    }
    this.number += 1;
    const id = this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, ...request }));
    });
  }

  /** What is shown is over: do not connect again once the server has gone. */
  end() {
    this.ended = true;
  }

  /** Show the token of the address, if there is one. */
  async unlock() {
    if (!this.token) return false;
    await this.ask({ do: "unlock", token: this.token });
    this.unlocked = true;
    return true;
  }
}
