/** The tool types of the stock client that this server does not have, each with what to do instead. */
export const refusedTools: Readonly<Record<string, string>> = {
  programmatic_tool_calling:
    'leave it out, and "programmatic" in "allowed_callers": only the model calls tools here',
};

/** The item types of the stock client that an input may not have and an output never has, each with what to do. */
export const refusedItems: Readonly<Record<string, string>> = {
  program: 'programs do not call tools here; leave it out',
  program_output: 'programs do not call tools here; leave it out',
  configuration_update: 'send the new settings as fields of the request',
};

/** The event types of the stock client that no stream has, by their beginnings, each with the reason. */
export const unsentEvents: Readonly<Record<string, string>> = {
  'response.audio.': 'answers are text',
};
