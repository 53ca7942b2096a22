"use strict";
// Speaks as Microsoft Copilot's page does: events over one WebSocket.

const site = {
  socket: null,

  async open() {
    const query = `api-version=2&clientSessionId=${crypto.randomUUID()}`;
    this.socket = new WebSocket(`wss://${location.host}/c/api/chat?${query}`);
    await new Promise((resolve, reject) => {
      this.socket.onopen = resolve;
      this.socket.onerror = () => reject(new Error("no socket"));
    });
    this.socket.send(JSON.stringify({event: "setOptions", supportedCards: []}));
  },

  async *ask(prompt) {
    if (!this.socket) await this.open();
    const waiting = [];
    let wake = () => {};
    this.socket.onmessage = ({data}) => { waiting.push(JSON.parse(data)); wake(); };
    this.socket.onclose = () => { waiting.push({event: "closed"}); wake(); };
    this.socket.send(JSON.stringify({
      event: "send", conversationId: "c1", mode: "chat", context: {},
      content: [{type: "text", text: prompt}],
    }));
    let text = "", message = null;
    for (;;) {
      while (!waiting.length) await new Promise((resolve) => { wake = resolve; });
      const event = waiting.shift();
      if (event.event === "startMessage") message = event.messageId;
      if (event.event === "appendText" && event.messageId === message) text += event.text;
      if (event.event === "closed" || event.event === "error") throw new Error(event.event);
      yield text;
      if (event.event === "done") return;
    }
  },
};
