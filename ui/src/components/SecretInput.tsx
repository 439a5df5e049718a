import { TextInput, type TextInputProps } from "@mantine/core";
import { useImperativeHandle, useRef, type Ref } from "react";

/** What a form may do with a typed secret. */
export interface SecretHandle {
  value(): string;
  fill(text: string): void;
  clear(): void;
  focus(): void;
}

/**
 * A field for a secret. The text lives in the field alone: React would mirror a controlled value into the page's
 * markup, so this one is not controlled, and whoever reads it clears it.
 */
export function SecretInput({ handle, ...rest }: TextInputProps & { handle: Ref<SecretHandle> }) {
  const field = useRef<HTMLInputElement>(null);
  useImperativeHandle(handle, () => ({
    value: () => field.current?.value ?? "",
    fill: (text) => {
      if (field.current) field.current.value = text;
    },
    clear: () => {
      if (field.current) field.current.value = "";
    },
    focus: () => field.current?.focus(),
  }));
  return <TextInput {...rest} ref={field} type="password" autoComplete="off" spellCheck={false} />;
}
