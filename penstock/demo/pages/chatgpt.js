"use strict";
// Speaks as ChatGPT's page does: one message at a time, answered by changes to a message.

const site = {
  conversation: null,
  parent: "client-created-root",
  turns: 0,
  attached: [],

  async call(path, body) {
    const response = await fetch(`/backend-api/files${path}`, {
      method: "POST",
      headers: {"content-type": "application/json"},
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
    return response;
  },

  async attach(file) {
    const about = {file_name: file.name, use_case: "my_files"};
    const begun = await (await this.call("", {...about, file_size: file.size})).json();
    const put = await fetch(begun.upload_url, {
      method: "PUT",
      headers: {
        "content-type": file.type, "x-ms-blob-type": "BlockBlob", "x-ms-version": "2020-04-08",
      },
      body: file,
    });
    if (put.status !== 201) throw new Error(await why(put));
    await this.call(`/${begun.file_id}/uploaded`, {});
    const processing = await this.call("/process_upload_stream", {
      ...about, file_id: begun.file_id, index_for_retrieval: true, entry_surface: "composer",
    });
    const lines = (await processing.text()).trim().split("\n").map((line) => JSON.parse(line));
    if (lines.at(-1).event !== "file.processing.completed") throw new Error("not processed");
    this.attached.push({
      id: begun.file_id, name: file.name, size: file.size, mimeType: file.type,
    });
  },

  async *ask(prompt) {
    const response = await fetch("/backend-api/f/conversation", {
      method: "POST",
      headers: {"content-type": "application/json", "accept": "text/event-stream"},
      body: JSON.stringify({
        action: "next",
        messages: [{
          id: crypto.randomUUID(),
          author: {role: "user"},
          create_time: Date.now() / 1000,
          content: {content_type: "text", parts: [prompt]},
          metadata: {attachments: this.attached.splice(0), system_hints: [], selected_github_repos: []},
        }],
        ...(this.conversation && {conversation_id: this.conversation}),
        parent_message_id: this.parent,
        model: "auto",
        timezone_offset_min: new Date().getTimezoneOffset(),
        timezone: "Europe/Berlin",
        conversation_mode: {kind: "primary_assistant"},
        history_and_training_disabled: false,
        system_hints: [],
        supports_buffering: true,
        supported_encodings: ["v1"],
        client_contextual_info: {is_dark_mode: false},
      }),
    });
    if (!response.ok) {
      const {detail} = await response.json();
      throw new Error(detail?.message ?? detail);
    }
    const messages = {};
    let counter = 0, path = "", operation = "add";
    for await (const event of events(response)) {
      if (event.error) throw new Error(event.error);
      if (event.type === "title_generation") this.titled(event.title);
      if (event.type || event === "v1") continue;
      counter = event.c ?? counter;
      path = event.p ?? path;
      operation = event.o ?? operation;
      this.apply(messages, counter, path, operation, event.v);
      const {message, conversation_id: conversation} = messages[counter];
      if (message?.author.role !== "assistant") continue;
      this.conversation = conversation;
      this.parent = message.id;
      location.hash = conversation;
      yield message.content.parts.join("");
    }
  },

  apply(messages, counter, path, operation, value) {
    if (operation === "patch") {
      for (const {p, o, v} of value) this.apply(messages, counter, path + p, o, v);
      return;
    }
    const names = [counter, ...path.split("/").slice(1)], last = names.pop();
    const place = names.reduce((node, name) => node[name], messages);
    if (operation !== "append") place[last] = value;
    else if (typeof value === "object") Object.assign(place[last], value);
    else place[last] += value;
  },

  titled(title) {
    document.getElementById("title").textContent = title;
  },

  async afterwards() {
    if (this.turns++ || !this.conversation) return;
    const response = await fetch(`/backend-api/conversation/gen_title/${this.conversation}`, {
      method: "POST",
      headers: {"content-type": "application/json"},
      body: JSON.stringify({message_id: this.parent}),
    });
    if (response.ok) this.titled((await response.json()).title);
  },

  async history(conversation) {
    await fetch(`/backend-api/conversation/${conversation}/stream_status`);
    const response = await fetch(`/backend-api/conversation/${conversation}`);
    if (!response.ok) return [{role: "error", text: (await response.json()).detail}];
    const {mapping, current_node: current, title} = await response.json();
    const said = [];
    for (let id = current; id && mapping[id].message; id = mapping[id].parent) {
      const {author, content} = mapping[id].message;
      said.unshift({role: author.role, text: content.parts.join("")});
    }
    this.conversation = conversation;
    this.parent = current;
    this.turns = said.length;
    this.titled(title);
    return said;
  },
};
