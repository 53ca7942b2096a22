"use strict";
// Speaks as Grok's page does: a line of JSON for each token.

const site = {
  conversation: null,

  async *ask(prompt) {
    const chats = "/rest/app-chat/conversations";
    const path = this.conversation ? `${chats}/${this.conversation}/responses` : `${chats}/new`;
    const response = await fetch(path, {
      method: "POST",
      headers: {"content-type": "application/json", "x-xai-request-id": crypto.randomUUID()},
      body: JSON.stringify({
        message: prompt, modelName: "grok-demo", temporary: false, fileAttachments: [],
        imageAttachments: [], disableSearch: false, isReasoning: false,
      }),
    });
    let text = "", rest = "", whole = null;
    for await (const piece of pieces(response)) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop();
      for (const line of lines.filter(Boolean)) {
        const {result, error} = JSON.parse(line);
        if (error) throw new Error(error.message);
        this.conversation ??= result.conversation?.conversationId;
        const told = result.response ?? result;
        if (told.token && !told.isThinking) text += told.token;
        whole = told.modelResponse?.message ?? whole;
        yield text;
      }
    }
    if (whole !== text) throw new Error("the whole is not what its tokens were");
  },
};
