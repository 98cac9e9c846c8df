package engine

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/modelbuild/modelbuild/internal/tail"
)

// stderrKept is how much of a command's error output is kept for an error message, in bytes.
const stderrKept = 4 << 10

// commandConn is a network connection over the standard input and output of a command that this process started.
type commandConn struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr tail.Writer
	said   chan struct{} // closed when the command's error output has been read to its end
	close  func() error
}

var _ net.Conn = (*commandConn)(nil)

// dialCommand starts a command and talks to whatever it is connected to.
func dialCommand(cmd *exec.Cmd) (net.Conn, error) {
	c := &commandConn{cmd: cmd, stderr: tail.Writer{Max: stderrKept}, said: make(chan struct{})}
	var err error
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if c.stdout, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	setProcAttr(cmd, childOptions{})
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go func() {
		_, _ = io.Copy(&c.stderr, stderr)
		close(c.said)
	}()
	c.close = sync.OnceValue(c.end)
	return c, nil
}

// Read gives the command's error output in place of a bare end of file.
func (c *commandConn) Read(p []byte) (int, error) {
	n, err := c.stdout.Read(p)
	if errors.Is(err, io.EOF) {
		select {
		case <-c.said:
		case <-time.After(time.Second):
		}
		if text := strings.TrimSpace(string(c.stderr.Bytes())); text != "" {
			return n, errors.New(text)
		}
	}
	return n, err
}

func (c *commandConn) Write(p []byte) (int, error) { return c.stdin.Write(p) }

func (c *commandConn) Close() error { return c.close() }

// end closes the command's input, which ends a well-behaved one, and kills it when it stays.
func (c *commandConn) end() error {
	_ = c.stdin.Close()
	done := make(chan struct{})
	go func() {
		_ = c.cmd.Wait() // its exit status says nothing: the peer ends the connection as it likes
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		_ = c.cmd.Process.Kill()
		<-done
	}
	return nil
}

func (c *commandConn) LocalAddr() net.Addr              { return commandAddr{} }
func (c *commandConn) RemoteAddr() net.Addr             { return commandAddr{} }
func (c *commandConn) SetDeadline(time.Time) error      { return nil }
func (c *commandConn) SetReadDeadline(time.Time) error  { return nil }
func (c *commandConn) SetWriteDeadline(time.Time) error { return nil }

type commandAddr struct{}

func (commandAddr) Network() string { return "command" }
func (commandAddr) String() string  { return "command" }
