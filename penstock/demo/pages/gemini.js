"use strict";
// Speaks as Gemini's page does: lists in strings in a form, answered by frames with a length.

const site = {
  metadata: ["", "", "", null, null, null, null, null, null, ""],
  number: 1000,
  attached: [],

  async attach(file) {
    const push = (url, command, body, headers) => fetch(url, {
      method: "POST",
      credentials: "include",
      headers: {
        "push-id": "feeds/demo", "x-tenant-id": "bard-storage",
        "x-goog-upload-command": command, ...headers,
      },
      body,
    });
    const begun = await push(
      "https://content-push.googleapis.com/upload/", "start",
      new URLSearchParams({[`File name: ${file.name}`]: ""}),
      {"x-goog-upload-protocol": "resumable", "x-goog-upload-header-content-length": file.size},
    );
    const sent = await push(
      begun.headers.get("x-goog-upload-url"), "upload, finalize", file,
      {"x-goog-upload-offset": "0"},
    );
    if (!sent.ok) throw new Error(await why(sent));
    this.attached.push([[await sent.text(), 1], file.name]);
  },

  async post(path, request) {
    const form = new URLSearchParams({at: "AObC9yDemo:1790000000000", "f.req": request});
    return fetch(`/_/BardChatUi/data/${path}&hl=en&_reqid=${this.number++}&rt=c`, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded;charset=utf-8",
        "x-same-domain": "1",
      },
      body: `${form}&`,
    });
  },

  // The documents of an answer. A length counts UTF-16 code units, as JavaScript does.
  async *frames(response) {
    let rest = "", begun = false;
    for await (const piece of pieces(response)) {
      rest += piece;
      for (;;) {
        if (!begun && rest.length >= 6) {
          if (!rest.startsWith(")]}'\n\n")) throw new Error("an answer without its guard");
          rest = rest.slice(6);
          begun = true;
        }
        const start = begun && /^(\d+)\n/.exec(rest);
        if (!start) break;
        const end = start[1].length + Number(start[1]);
        if (rest.length < end) break;
        yield JSON.parse(rest.slice(start[1].length, end));
        rest = rest.slice(end);
      }
    }
    if (rest) throw new Error(`${rest.length} characters outside of frames`);
  },

  async *ask(prompt) {
    const asked = Array(69).fill(null);
    const files = this.attached.splice(0);
    asked[0] = [prompt, 0, null, files.length ? files : null, null, null, 0];
    asked[1] = ["en"];
    asked[2] = this.metadata;
    asked[7] = 1;
    asked[59] = crypto.randomUUID().toUpperCase();
    const service = "assistant.lamda.BardFrontendService/StreamGenerate?bl=boq_demo&f.sid=-1";
    const response = await this.post(service, JSON.stringify([null, JSON.stringify(asked)]));
    if (!response.ok) throw new Error("Something went wrong");
    for await (const frame of this.frames(response)) {
      for (const part of frame) {
        if (part[0] !== "wrb.fr") continue;
        if (part[2] === null) throw new Error(`Something went wrong (${part[5][2][0][1][0]})`);
        const [, [chat, reply], , , [candidate]] = JSON.parse(part[2]);
        const context = JSON.parse(part[2])[25];
        this.metadata = [chat, reply, candidate[0], ...Array(6).fill(null), context ?? ""];
        location.hash = chat;
        yield candidate[1][0];
      }
    }
  },

  async history(chat) {
    const asked = JSON.stringify([chat, 10, null, 1, [1], [4], null, 1]);
    const request = JSON.stringify([[["hNvQHb", asked, null, "generic"]]]);
    const said = [];
    for await (const frame of this.frames(await this.post("batchexecute?rpcids=hNvQHb", request))) {
      for (const part of frame) {
        if (part[0] !== "wrb.fr" || !part[2]) continue;
        for (const [[, reply], , [[prompt]], [[candidate]]] of JSON.parse(part[2])[0]) {
          said.unshift({role: "assistant", text: candidate[1][0]});
          said.unshift({role: "user", text: prompt});
          if (said.length === 2) {
            this.metadata = [chat, reply, candidate[0], ...Array(6).fill(null), ""];
          }
        }
      }
    }
    return said;
  },
};
