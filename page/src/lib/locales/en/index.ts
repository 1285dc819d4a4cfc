import common from "./common";
import create from "./create";
import gallery from "./gallery";
import parts from "./parts";
import problems from "./problems";
import queue from "./queue";
import settings from "./settings";
import stage from "./stage";
import tools from "./tools";

const messages = {
  ...common,
  ...problems,
  ...create,
  ...parts,
  ...stage,
  ...queue,
  ...gallery,
  ...tools,
  ...settings,
};

export type MessageKey = keyof typeof messages;

export type Messages = Record<MessageKey, string>;

export default messages as Messages;
