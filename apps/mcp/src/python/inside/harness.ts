/** The file name of the code in tracebacks. */
const fileName = '<code>';

const errorCharactersMax = 8_000;

/** The name of the function in `__main__` that makes the one that runs code. */
export const harnessName = '_make';

/**
 * The code that runs before a snapshot is taken. It imports the modules that most code needs and defines the Python side. The function that runs
 * code returns JSON, so that no Python object leaves. Code in a session may change every module, so it keeps references to the functions it needs.
 */
export const preparation = `
import collections, csv, datetime, decimal, fractions, functools, itertools, json, linecache, math, random, re, statistics, string, traceback
from pyodide.code import eval_code_async

def ${harnessName}():
    import json, linecache, random, sys, traceback
    from pyodide.code import eval_code_async
    dumps, format_exception = json.dumps, traceback.format_exception
    lines = linecache.cache
    main = sys.modules["__main__"].__dict__
    random.seed()  # interpreters of one snapshot start with the same state
    streams = (sys.__stdout__, sys.__stderr__)

    def relevant(error):
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename != "${fileName}":
            trace = trace.tb_next
        text = "".join(format_exception(type(error), error, trace)).rstrip()
        if len(text) <= ${errorCharactersMax}:
            return text
        half = ${errorCharactersMax / 2}
        return text[:half] + "\\n[...]\\n" + text[-half:]

    async def run(code, result_max):
        result = error = None
        lines["${fileName}"] = (len(code), None, code.splitlines(True), "${fileName}")
        try:
            value = await eval_code_async(code, globals=main, filename="${fileName}")
            if value is not None:
                result = repr(value)
                if len(result) > result_max:
                    result = result[:result_max] + " [cut: it has " + str(len(result)) + " characters]"
        except SystemExit as exit:
            if exit.code not in (None, 0):
                error = "SystemExit: " + str(exit.code)
        except BaseException as raised:
            error = relevant(raised)
        for stream in streams:
            try:
                stream.flush()
            except Exception:
                pass
        return dumps({"result": result, "error": error})

    return run
`;
