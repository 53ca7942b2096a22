"use strict";
// Speaks as Claude's page does: the page makes the ids, the answer is blocks of events.

const site = {
  base: "/api/organizations/0b0e2c64-9f0d-4f3a-8b0e-1f2e3d4c5b6a/chat_conversations",
  conversation: null,
  parent: "00000000-0000-4000-8000-000000000000",
  turns: 0,
  attached: [],

  async attach(file) {
    const chat = this.conversation ?? (this.begun ??= crypto.randomUUID());
    const path = this.base.replace("chat_conversations", `conversations/${chat}`);
    const form = new FormData();
    form.append("file", file);
    const response = await fetch(`${path}/wiggle/upload-file`, {method: "POST", body: form});
    if (!response.ok) throw new Error(await why(response));
    this.attached.push((await response.json()).file_uuid);
  },

  async post(path, body) {
    return fetch(`${this.base}/${this.conversation}/${path}`, {
      method: "POST",
      headers: {"content-type": "application/json", "anthropic-client-platform": "web_claude_ai"},
      body: JSON.stringify(body),
    });
  },

  async *ask(prompt) {
    const isNew = !this.conversation;
    if (isNew) this.conversation = this.begun ?? crypto.randomUUID();
    const answer = crypto.randomUUID();
    const response = await this.post("completion", {
      prompt,
      parent_message_uuid: this.parent,
      timezone: "Europe/Berlin",
      locale: "en-US",
      personalized_styles: [],
      tools: [{type: "web_search_v0", name: "web_search"}],
      turn_message_uuids: {
        human_message_uuid: crypto.randomUUID(),
        assistant_message_uuid: answer,
      },
      attachments: [],
      files: this.attached.splice(0),
      sync_sources: [],
      rendering_mode: "messages",
      ...(isNew && {create_conversation_params: {name: "", model: "claude-demo"}}),
    });
    if (!response.ok) throw new Error((await response.json()).error.message);
    location.hash = this.conversation;
    let text = "";
    for await (const event of events(response)) {
      if (event.type === "error") throw new Error(event.error.message);
      if (event.type === "message_start") this.parent = event.message.uuid ?? answer;
      if (event.type !== "content_block_delta" || event.delta.type !== "text_delta") continue;
      text += event.delta.text;
      yield text;
    }
  },

  async afterwards(prompt) {
    if (this.turns++) return;
    const response = await this.post("title", {message_content: prompt, recent_titles: []});
    if (response.ok) this.titled((await response.json()).title);
  },

  titled(title) {
    document.getElementById("title").textContent = title;
  },

  async history(conversation) {
    const query = "tree=True&rendering_mode=messages&render_all_tools=true";
    const response = await fetch(`${this.base}/${conversation}?${query}`);
    if (!response.ok) return [{role: "error", text: (await response.json()).error.message}];
    const found = await response.json();
    const messages = new Map(found.chat_messages.map((message) => [message.uuid, message]));
    const said = [];
    let id = found.current_leaf_message_uuid;
    for (let message; (message = messages.get(id)); id = message.parent_message_uuid) {
      const role = message.sender === "human" ? "user" : "assistant";
      said.unshift({role, text: message.content.map((block) => block.text).join("")});
    }
    this.conversation = conversation;
    this.parent = found.current_leaf_message_uuid;
    this.turns = said.length;
    this.titled(found.name);
    return said;
  },
};
