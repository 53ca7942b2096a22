"use strict";
// Speaks as DeepSeek's page does: fragments of a response, and changes to them.

const site = {
  session: crypto.randomUUID(),
  parent: null,
  attached: [],

  async attach(file) {
    const form = new FormData();
    form.append("file", file);
    const sent = await fetch("/api/v0/file/upload_file", {method: "POST", body: form});
    let {id, status} = (await sent.json()).data.biz_data;
    while (status === "PENDING") {
      const asked = await fetch(`/api/v0/file/fetch_files?file_ids=${id}`);
      [{status}] = (await asked.json()).data.biz_data.files;
    }
    if (status !== "SUCCESS") throw new Error(`it ended as ${status}`);
    this.attached.push(id);
  },

  async *ask(prompt) {
    const response = await fetch("/api/v0/chat/completion", {
      method: "POST",
      headers: {"content-type": "application/json", "x-client-version": "1.0.0"},
      body: JSON.stringify({
        chat_session_id: this.session, parent_message_id: this.parent, prompt,
        ref_file_ids: this.attached.splice(0), thinking_enabled: false, search_enabled: false,
      }),
    });
    const fragments = [];
    let path = "", operation = "", status = "";
    for await (const event of events(response)) {
      if (event.response_message_id) this.parent = event.response_message_id;
      if (event.v?.response) {
        fragments.push(...event.v.response.fragments);
        status = event.v.response.status;
      } else if ("v" in event) {
        path = event.p ?? path;
        operation = event.o ?? operation;
        if (path === "response/status") status = event.v;
        else if (path === "response/fragments") fragments.push(...event.v);
        else if (path === "response/fragments/-1/content" && operation === "APPEND") {
          fragments.at(-1).content += event.v;
        }
      }
      yield fragments.filter((f) => f.type === "RESPONSE").map((f) => f.content).join("");
    }
    if (status !== "FINISHED") throw new Error(`it ended as ${status}`);
  },
};
