import common from "./common";
import create from "./create";
import gallery from "./gallery";
import parts from "./parts";
import problems from "./problems";
import queue from "./queue";
import settings from "./settings";
import viewer from "./viewer";
import tools from "./tools";

const messages = {
  ...common,
  ...problems,
  ...create,
  ...parts,
  ...viewer,
  ...queue,
  ...gallery,
  ...tools,
  ...settings,
};

export type MessageKey = keyof typeof messages;

export type Messages = Record<MessageKey, string>;

export default messages satisfies Messages;
